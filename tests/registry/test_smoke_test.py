"""What is released is tried as a server would try it."""

from dataclasses import replace

import pytest

from churn.errors import BundleError
from registry.errors import RefusedError
from registry.release import release
from registry.smoke_test import smoke_test
from tests.ledger_histories import MODEL, History, stored_bundle
from tests.snapshot_rows import bundle


@pytest.fixture
def live(tmp_path):
    """A history whose version 1 is live, and the release that belongs to it."""
    history = History()
    history.lineages[1] = stored_bundle(bundle(), tmp_path / "bundle")
    events = tuple(history.trained(1, "promoted").events)
    return events, release(MODEL, events)


def test_what_is_there_unaltered_and_answers_passes(live):
    smoke_test("1", *live, None)


def test_another_live_version_than_expected_is_refused(live):
    with pytest.raises(RefusedError, match="expected version 2 to be live, found ve"):
        smoke_test("2", *live, None)


@pytest.mark.parametrize(("told", "found"), [("none", "none"), ("older", "event 3")])
def test_a_release_that_serves_something_else_is_refused(live, told, found):
    events, released = live
    other = replace(released, sequence=3, champion=None)
    old = None if told == "none" else other

    with pytest.raises(BundleError, match=f"that serves version 1, found .*{found}"):
        smoke_test("1", events, old, None)


def test_an_altered_bundle_is_refused(live, tmp_path):
    profiles = tmp_path / "bundle" / "profiles.json"
    profiles.write_bytes(profiles.read_bytes() + b" ")

    with pytest.raises(BundleError, match="profiles.json: .* was altered"):
        smoke_test("1", *live, None)


def test_another_bundle_in_its_place_is_refused(live, tmp_path):
    for path in (tmp_path / "bundle").iterdir():
        path.unlink()
    for name, content in bundle("xgboost").files.items():
        (tmp_path / "bundle" / name).write_bytes(content)

    with pytest.raises(BundleError, match="expected the bundle .* that the ledger"):
        smoke_test("1", *live, None)
