"""Gains over a rival on the same rows, and their standard errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from churn.evaluation.asked import family
from churn.evaluation.contest import on_group
from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.intervals import bootstrap_weights
from churn.evaluation.intervals import measure as under_each_weighting
from churn.evaluation.metrics import METRICS
from churn.evaluation.rows import Rows
from churn.evaluation.scorecard import Estimate
from churn.evaluation.weighting import Bools, Floats
from churn.significance.delong import compare_auc, interval

TAIL = 0.025
ALIKE = 1e-12
"""A standard error below this is rounding: both decide and rank everybody alike."""


@dataclass(frozen=True)
class Gain:
    """How much better the model is than a rival; positive is better."""

    value: float
    standard_error: float


def auc_gain(rows: Rows, model: Floats, rival: Floats) -> Estimate:
    """The gain in ROC-AUC with DeLong's 95 % interval, by customer."""
    found = compare_auc(rows.is_churn, model, rival, rows.customer)
    if found is None:
        return Estimate(None, None, None, rows.n_rows)
    low, high = interval(found, error_rate=TAIL)
    return Estimate(found.difference, low, high, rows.n_rows)


def paired_gains(
    metrics: Sequence[str],
    groups: Mapping[str, Bools],
    rows: Rows,
    model: Floats,
    rival: Floats,
    plan: EvaluationPlan,
) -> dict[tuple[str, str], Gain | None]:
    """The gain in each metric on each group of rows; None where it is undefined.

    ROC-AUC by DeLong; any other metric by a paired bootstrap of customers. Churners
    and others are drawn together: a model may gain on the ones and lose on the others,
    and then how many churn decides how much is gained.

    Parameters
    ----------
    groups : mapping of name to ndarray of shape (n_rows,), bool

    References
    ----------
    Efron & Tibshirani, *An Introduction to the Bootstrap* (1993), chapters 6 and 8.
    """
    found: dict[tuple[str, str], Gain | None] = {}
    if "roc_auc" in metrics:
        for name, chosen in groups.items():
            found["roc_auc", name] = _by_delong(rows.only(chosen), model, rival, chosen)
    drawn = [metric for metric in metrics if metric != "roc_auc"]
    return found | (
        _bootstrapped(drawn, groups, rows, model, rival, plan) if drawn else {}
    )


def _by_delong(part: Rows, model: Floats, rival: Floats, chosen: Bools) -> Gain | None:
    found = compare_auc(part.is_churn, model[chosen], rival[chosen], part.customer)
    return None if found is None else Gain(found.difference, found.standard_error)


def _bootstrapped(
    metrics: Sequence[str],
    groups: Mapping[str, Bools],
    rows: Rows,
    model: Floats,
    rival: Floats,
    plan: EvaluationPlan,
) -> dict[tuple[str, str], Gain | None]:
    families = frozenset(map(family, metrics))
    kernels = {
        (subject, name): on_group(chosen, families, rows, scores)
        for name, chosen in groups.items()
        for subject, scores in (("model", model), ("rival", rival))
    }
    drawn = bootstrap_weights(rows.customer, resamples=plan.resamples, seed=plan.seed)
    as_they_are = np.ones((rows.n_rows, 1))
    figures = under_each_weighting(kernels, chain([as_they_are], drawn))
    return {
        (metric, name): _summed_up(
            METRICS[metric].gain(
                figures["model", name][metric], figures["rival", name][metric]
            )
        )
        for metric in metrics
        for name in groups
    }


def _summed_up(gains: Floats) -> Gain | None:
    """The first is the rows' own, the rest are the resamples'."""
    value, draws = float(gains[0]), gains[1:][~np.isnan(gains[1:])]
    if np.isnan(value) or draws.size < 2:  # noqa: PLR2004 (without two: no spread)
        return None
    error = float(draws.std(ddof=1))
    return Gain(value, error if error > ALIKE else 0.0)
