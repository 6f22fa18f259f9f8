"""The champion that a challenger is held against is the one that the ledger knows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from churn.errors import BundleError, ConfigError
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle
from registry.champion import Champion, champion_bundle, champion_scores, live
from registry.errors import RefusedError
from registry.event import Event
from tests.ledger_histories import History, stored_bundle, write_files
from tests.snapshot_rows import bundle as fitted
from tests.snapshot_rows import recipe, rows

FEATURES = recipe("logistic_regression").features
ROWS = rows(20, seed=5)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return fitted()


@pytest.fixture
def events(bundle: Bundle, tmp_path: Path) -> list[Event]:
    """A history whose version 1 is live."""
    history = History()
    history.lineages[1] = stored_bundle(bundle, tmp_path / "bundle")
    return history.trained(1, "promoted").events


def test_the_live_version_scores_the_rows_with_its_own_bundle(events, bundle):
    champion = champion_scores(events, ROWS, FEATURES, None)

    expected = bundle.score(to_columns(ROWS, FEATURES))
    assert champion.version == "1"
    assert np.array_equal(champion.probability, expected)
    assert champion_bundle(champion).bundle_sha256 == bundle.bundle_sha256


def test_where_nothing_is_live_nothing_is_scored():
    champion = champion_scores(History().events, ROWS, FEATURES, None)

    assert champion == Champion(None, None, None, None)
    assert champion_bundle(champion) is None


def test_another_valid_bundle_in_its_place_is_refused(events, tmp_path):
    champion = champion_scores(events, ROWS, FEATURES, None)
    (tmp_path / "bundle").rename(tmp_path / "true")
    write_files(fitted("xgboost").files, tmp_path / "bundle")

    for load in (
        lambda: champion_scores(events, ROWS, FEATURES, None),
        lambda: champion_bundle(champion),
    ):
        with pytest.raises(BundleError, match="expected the bundle .* that the ledger"):
            load()


def test_a_bundle_that_is_gone_is_told(events, tmp_path):
    (tmp_path / "bundle").rename(tmp_path / "elsewhere")

    with pytest.raises(BundleError, match="cannot read the bundle .*: No such file"):
        champion_scores(events, ROWS, FEATURES, None)


def test_a_champion_that_takes_an_undeclared_feature_says_which(events):
    with pytest.raises(BundleError, match=f"version 1, needs {FEATURES[0].name}; "):
        champion_scores(events, ROWS, FEATURES[1:], None)


def test_what_is_live_comes_with_its_verified_bundle(events, bundle):
    found = live(events, None)

    assert (found.version, found.bundle.files) == ("1", bundle.files)


def test_where_nothing_is_live_there_is_nothing_to_score_with():
    with pytest.raises(RefusedError, match="`models promote VERSION` makes one live"):
        live(History().events, None)


def test_a_live_bundle_that_is_gone_is_told_with_its_version_and_the_ways_out(
    events, tmp_path
):
    (tmp_path / "bundle").rename(tmp_path / "elsewhere")

    with pytest.raises(BundleError, match="version 1 is in .*from a copy; .*rollback"):
        live(events, None)


def test_what_is_live_must_bear_the_signature_that_its_policy_demands(events):
    decided = next(event for event in events if event.kind == "decided")
    policy = {"checks": [{"kind": "signature"}]}
    asking = replace(decided, evidence={**decided.evidence, "policy": policy})
    events = [asking if event is decided else event for event in events]

    with pytest.raises(ConfigError, match="demands a signature"):
        live(events, None)
