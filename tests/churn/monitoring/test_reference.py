import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from churn.model.columns import to_columns
from churn.monitoring.documents import GRID
from churn.monitoring.reference import Reference
from churn.scoring.bundle import open_bundle
from tests.day_rows import bundle, counted, reference, with_groups
from tests.snapshot_rows import FEATURES, rows

BUNDLES = Path(__file__).parents[2] / "bundles"


def test_a_bundle_says_who_churned_by_score_in_its_calibration_window() -> None:
    window = with_groups(rows(400, seed=2))
    p = bundle().score(to_columns(window, FEATURES))

    found = reference()

    assert found.scores is not None
    assert found.scores.n_churners is not None
    assert found.scores.n_churners.sum() == window["is_churn"].sum()
    np.testing.assert_allclose(found.scores.p_sum.sum(), p.sum())
    assert found.lacks == ()
    assert (found.n_training_customers, found.n_calibration_customers) == (400, 400)
    assert found.bundle_sha256 == bundle().bundle_sha256


def test_the_grid_is_fine_enough_to_tell_the_ranking() -> None:
    window = rows(400, seed=2)
    p = bundle().score(to_columns(window, FEATURES))
    scores = reference().scores

    assert scores is not None
    churners, loyal = scores.n_churners, scores.n - scores.n_churners
    below = np.cumsum(loyal) - loyal
    area = float((churners * (below + loyal / 2)).sum() / churners.sum() / loyal.sum())

    exact = roc_auc_score(window["is_churn"].to_numpy(), p)
    assert area == pytest.approx(exact, abs=0.002)


def test_groups_of_the_calibration_window_have_outcomes_of_their_own() -> None:
    slices = reference().slices

    assert slices is not None
    assert {name: one.n_rows for name, one in slices.items()} == {
        f"by_region={'(missing)' if group is None else group}": n
        for group, n in rows(400, seed=2)["region"].value_counts().iter_rows()
    }
    assert all(one.is_labelled for one in slices.values())


@pytest.mark.parametrize("name", ["format-1", "format-2"])
def test_an_older_bundle_is_a_reference_for_drift_alone(name: str) -> None:
    found = Reference.of(open_bundle(BUNDLES / name))

    assert set(found.features) == {f.name for f in FEATURES}
    assert found.score.n == 200
    assert found.scores is found.slices is None
    assert "before 3" in found.lacks[0]


def test_an_older_bundle_counts_days_too() -> None:
    older = Reference.of(open_bundle(BUNDLES / "format-2"))

    assert counted(rows(30, seed=1)).features.keys() == older.features.keys()


def test_counts_on_a_grid_of_another_time_are_not_taken_for_ours() -> None:
    profiles = json.loads(bundle().files["profiles.json"])
    profiles["grid"] = GRID | {"n_bins": 500}
    other = replace(
        bundle(),
        files={**bundle().files, "profiles.json": json.dumps(profiles).encode()},
    )

    found = Reference.of(other)

    assert found.scores is None
    assert "another grid" in found.lacks[0]


@pytest.mark.parametrize("windows", [{}, {"train": {"n_customers": "many"}}, []])
def test_a_bundle_that_does_not_say_how_many_customers_it_saw_compares_nothing(
    windows: object,
) -> None:
    older = open_bundle(BUNDLES / "format-2")

    found = Reference.of(
        replace(older, manifest={**older.manifest, "windows": windows})
    )

    assert found.n_training_customers == found.n_calibration_customers == 0


def test_what_a_later_program_adds_to_a_profile_is_passed_over() -> None:
    profiles = json.loads(bundle().files["profiles.json"])
    profiles["score"]["median"] = 0.2
    later = {**bundle().files, "profiles.json": json.dumps(profiles).encode()}

    assert Reference.of(replace(bundle(), files=later)).score == reference().score
