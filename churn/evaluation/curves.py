"""Reliability, lift and profit as points of a curve. Draws nothing."""

from collections.abc import Mapping

import numpy as np

from churn.evaluation.calibration import N_BINS, bin_of
from churn.evaluation.intervals import estimate
from churn.evaluation.ranking import descending
from churn.evaluation.scorecard import CurvePoint
from churn.evaluation.weighting import Bools, Floats, Integers, Kernel, Weights, ratio

MAX_POINTS = 100
Z = 1.959964


def cut_offs(score: Floats) -> tuple[Integers, Integers]:
    """Rows by falling score, and where to cut for about each percent of them.

    Cuts never fall between equal scores, so there may be far fewer than 100.

    Returns
    -------
    order : ndarray of shape (n_rows,)
    stops : ndarray of shape (n_cuts,)
        How many rows lie above each cut; the last is all of them.
    """
    order, ends = descending(score)
    wanted = np.ceil(score.size * np.arange(1, MAX_POINTS + 1) / MAX_POINTS)
    stops = ends[np.searchsorted(ends + 1, wanted)] + 1
    return order, np.unique(stops)


def lift_and_profit(
    is_churn: Bools, probability: Floats, expected_eur: Floats, net_value_eur: Floats
) -> Kernel:
    """Lift down to each cut by probability, profit down to each by expected value."""
    by_risk, risk_stops = cut_offs(probability)
    by_value, value_stops = cut_offs(expected_eur)

    def measure(weights: Weights) -> Mapping[str, Floats]:
        n = weights.sum(axis=0)
        taken = _down_to(weights, np.ones_like(probability), by_risk, risk_stops)
        caught = _down_to(weights, is_churn, by_risk, risk_stops)
        earned = _down_to(weights, net_value_eur, by_value, value_stops)
        return {
            "lift": ratio(ratio(caught, taken), ratio(caught[-1], n)),
            "profit": ratio(1000 * earned, n),
        }

    return measure


def curve(score: Floats, results: Floats) -> tuple[CurvePoint, ...]:
    """Points at each cut of ``score``: share of customers above it, and the figure.

    Parameters
    ----------
    results : ndarray of shape (n_cuts, 1 + n_resamples)
        The rows' own figure at each cut, then that of each resample.
    """
    _, stops = cut_offs(score)
    points = []
    for stop, (value, *drawn) in zip(stops, results, strict=True):
        at = estimate(float(value), np.array(drawn), int(stop))
        if at.value is not None:
            share = float(stop / score.size)
            points.append(CurvePoint(share, at.value, at.low, at.high, at.n))
    return tuple(points)


def reliability(is_churn: Bools, probability: Floats) -> tuple[CurvePoint, ...]:
    """Mean probability and churn rate of each of ten equal-width bins that has rows.

    The interval is Wilson's (1927), which does not shrink to nothing in a bin
    without churners; it takes rows as independent.
    """
    bins = bin_of(probability)
    points = []
    for rows in (bins == i for i in range(N_BINS)):
        if rows.any():
            n, rate = int(rows.sum()), float(is_churn[rows].mean())
            x = float(probability[rows].mean())
            points.append(CurvePoint(x, rate, *wilson(rate, n), n))
    return tuple(points)


def wilson(rate: float, n: int) -> tuple[float, float]:
    """95 % interval of a share.

    Examples
    --------
    >>> low, high = wilson(0.0, 10)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.278)
    """
    centre = (rate + Z**2 / (2 * n)) / (1 + Z**2 / n)
    spread = np.sqrt(rate * (1 - rate) / n + Z**2 / (4 * n**2)) * Z / (1 + Z**2 / n)
    return max(0.0, float(centre - spread)), min(1.0, float(centre + spread))


def _down_to(
    weights: Weights, amount: Floats | Bools, order: Integers, stops: Integers
) -> Floats:
    """Weighted amount of all rows above each cut; shape (n_cuts, n_weightings)."""
    firsts = np.append(0, stops[:-1])
    parts = np.add.reduceat(weights[order] * amount[order, None], firsts, axis=0)
    return np.cumsum(parts, axis=0)
