"""Every feature, the score and each group's score of a window beside the reference."""

import numpy as np

from churn.monitoring.day import DayProfile
from churn.monitoring.drift import SCORE, FeatureDrift, drift_of
from churn.monitoring.grid import SCORE_EDGES
from churn.monitoring.reference import Reference
from churn.monitoring.scores import Ints, ScoreCounts
from churn.profiles import N_BINS, Profile


def feature_drifts(
    reference: Reference, window: DayProfile, *, fewest_rows: int
) -> tuple[FeatureDrift, ...]:
    """Every feature of a day or a merged window beside the reference, by name.

    Parameters
    ----------
    fewest_rows : int
        Customers that either side needs to be compared at all.
    """
    return tuple(
        drift_of(
            name,
            reference.features[name],
            window.features[name],
            n_reference=reference.n_training_customers,
            n_current=window.n_effective,
            fewest_rows=fewest_rows,
        )
        for name in sorted(reference.features)
    )


def score_drift(
    reference: Reference, window: DayProfile, *, fewest_rows: int
) -> FeatureDrift:
    """The score of a day or a merged window beside the calibration window's."""
    return drift_of(
        SCORE,
        reference.score,
        window.score,
        n_reference=reference.n_calibration_customers,
        n_current=window.n_effective,
        fewest_rows=fewest_rows,
    )


def slice_drifts(
    reference: Reference, window: DayProfile, *, fewest_rows: int
) -> tuple[FeatureDrift, ...]:
    """The score of every group that the reference knows; none in older bundles.

    Customers of a group are taken to be as many a row as among all.
    """
    known = reference.slices or {}
    calibrated = reference.scores.n_rows if reference.scores else 0
    return tuple(
        _group_drift(
            name,
            known[name],
            counts,
            per_row=(
                reference.n_calibration_customers / max(calibrated, 1),
                window.n_effective / max(window.n, 1),
            ),
            fewest_rows=fewest_rows,
        )
        for name, counts in sorted(window.slices.items())
        if name in known
    )


def _group_drift(
    name: str,
    reference: ScoreCounts,
    current: ScoreCounts,
    *,
    per_row: tuple[float, float],
    fewest_rows: int,
) -> FeatureDrift:
    places = _quantile_places(reference.n)
    return drift_of(
        name,
        _on_edges(reference.n, places),
        _on_edges(current.n, places),
        n_reference=reference.n_rows * per_row[0],
        n_current=current.n_rows * per_row[1],
        fewest_rows=fewest_rows,
    )


def _quantile_places(n: Ints) -> Ints:
    """Bins of the grid after which about a tenth more of the rows is reached."""
    tenths = np.linspace(0, 1, N_BINS + 1)[1:-1] * n.sum()
    places = np.unique(np.searchsorted(np.cumsum(n), tenths))
    return places[places < len(SCORE_EDGES)]


def _on_edges(n: Ints, places: Ints) -> Profile:
    """Counts of the grid in fewer bins, each ending at one of these places."""
    parts = np.split(n, places + 1)
    return Profile(
        kind="number",
        n=int(n.sum()),
        missing=0,
        edges=[float(edge) for edge in SCORE_EDGES[places]],
        categories=[],
        counts=[int(part.sum()) for part in parts],
        other=0,
    )
