from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from churn.monitoring.day import merged
from churn.monitoring.drift import SCORE
from churn.monitoring.drifts import feature_drifts, score_drift, slice_drifts
from tests.day_rows import counted, quiet_days, reference
from tests.snapshot_rows import FEATURES, rows


def test_a_quiet_window_is_near_the_reference() -> None:
    window = merged(quiet_days(3, 400))

    drifts = feature_drifts(reference(), window, fewest_rows=200)

    assert [d.name for d in drifts] == sorted(f.name for f in FEATURES)
    for drift in (*drifts, score_drift(reference(), window, fewest_rows=200)):
        assert drift.distances is not None
        assert drift.distances.psi_corrected < 3 * drift.distances.psi_standard_error


def test_only_what_moved_has_drifted_and_the_score_follows() -> None:
    window = counted(rows(600, seed=9).with_columns(pl.col("tenure_days") / 8))

    drifts = {d.name: d for d in feature_drifts(reference(), window, fewest_rows=200)}
    score = score_drift(reference(), window, fewest_rows=200)

    far = {name: d.distances.psi_corrected for name, d in drifts.items() if d.distances}
    assert max(far, key=far.__getitem__) == "tenure_days"
    assert far["tenure_days"] > 1
    assert max(v for name, v in far.items() if name != "tenure_days") < 0.1
    assert score.name == SCORE
    assert score.distances is not None
    assert score.distances.psi_corrected > 0.5


def test_the_score_of_a_group_is_compared_with_the_same_group() -> None:
    frame = rows(900, seed=9)
    moved = frame.with_columns(
        pl.when(pl.col("region") == "north")
        .then(pl.col("tenure_days") / 8)
        .otherwise("tenure_days")
    )

    found = slice_drifts(reference(), counted(moved), fewest_rows=50)

    far = {d.name: d.distances.psi_corrected for d in found if d.distances}
    assert set(far) == {f"by_region={g}" for g in ("north", "south", "(missing)")}
    assert far["by_region=north"] > 0.5
    assert far["by_region=south"] < 0.15


def test_groups_need_a_reference_of_their_own() -> None:
    older = replace(reference(), scores=None, slices=None)

    assert slice_drifts(older, counted(rows(300, seed=1)), fewest_rows=50) == ()


@pytest.mark.parametrize("n", [0, 1, 10])
def test_a_tiny_batch_is_not_compared(n: int) -> None:
    window = counted(rows(n, seed=1))

    every = (
        *feature_drifts(reference(), window, fewest_rows=200),
        *slice_drifts(reference(), window, fewest_rows=200),
        score_drift(reference(), window, fewest_rows=200),
    )

    assert not [drift for drift in every if drift.distances is not None]


def test_the_bins_of_a_groups_score_hold_about_a_tenth_of_the_reference() -> None:
    window = counted(rows(400, seed=2))

    (south,) = [
        d
        for d in slice_drifts(reference(), window, fewest_rows=1)
        if d.name == "by_region=south"
    ]

    held = np.array(south.reference_shares[:-1])
    assert len(held) <= 10
    assert held.max() < 0.25
    assert held.sum() == pytest.approx(1)
