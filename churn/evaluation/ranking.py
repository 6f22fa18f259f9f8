"""How well scores put churners first. Knows neither probabilities nor money."""

from collections.abc import Mapping

import numpy as np

from churn.evaluation.weighting import Bools, Floats, Integers, Kernel, Weights, ratio

TOP_SHARE = 0.1


def descending(score: Floats) -> tuple[Integers, Integers]:
    """Rows from the highest score down, and where each run of equal scores ends.

    Returns
    -------
    order : ndarray of shape (n_rows,)
    ends : ndarray of shape (n_distinct_scores,)
        Positions in ``order``, each the last row of its run.
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    ends = np.flatnonzero(np.diff(ranked, append=np.nan))
    return order, ends


def running_totals(
    weights: Weights, is_churn: Bools, order: Integers, ends: Integers
) -> tuple[Floats, Floats]:
    """Weight taken and churners caught down to each distinct score, from zero on.

    Returns
    -------
    taken, caught : ndarray of shape (n_distinct_scores + 1, n_weightings)
    """
    ranked = weights[order]
    start = np.zeros((1, weights.shape[1]))
    taken = np.concatenate([start, np.cumsum(ranked, axis=0)[ends]])
    ranked *= is_churn[order, None]
    caught = np.concatenate([start, np.cumsum(ranked, axis=0)[ends]])
    return taken, caught


def caught_after(taken: Floats, caught: Floats, budget: Floats) -> Floats:
    """Churners caught once ``budget`` weight is taken; ties count by their share."""
    return np.array(
        [np.interp(b, t, c) for b, t, c in zip(budget, taken.T, caught.T, strict=True)]
    )


def ranking(is_churn: Bools, probability: Floats) -> Kernel:
    """Area under the ROC curve, average precision and lift of the top decile.

    Equal scores count as equal: half a win in ROC-AUC, one common threshold in
    PR-AUC, their average in the lift. ROC-AUC is undefined with one class only,
    the others without churners. Where churners and others are fully separated, or
    all scores equal, every resample agrees and the interval shrinks to the value.
    """
    order, ends = descending(probability)

    def measure(weights: Weights) -> Mapping[str, Floats]:
        taken, caught = running_totals(weights, is_churn, order, ends)
        everyone, churners = taken[-1], caught[-1]
        budget = TOP_SHARE * everyone
        base_rate = ratio(churners, everyone)
        return {
            "roc_auc": _roc_auc(taken, caught),
            "pr_auc": _average_precision(taken, caught),
            "top_decile_lift": ratio(
                ratio(caught_after(taken, caught, budget), budget), base_rate
            ),
        }

    return measure


def recall_at_budget(is_churn: Bools, probability: Floats, contacted: Bools) -> Kernel:
    """Recall of whoever ranks by ``probability`` and contacts as many as were.

    The budget follows the weighting: in each resample as many rows are taken as
    ``contacted`` holds there.
    """
    order, ends = descending(probability)

    def measure(weights: Weights) -> Mapping[str, Floats]:
        taken, caught = running_totals(weights, is_churn, order, ends)
        budget = contacted.astype(np.float64) @ weights
        found = caught_after(taken, caught, budget)
        return {"high_value_recall_at_contact_rate": ratio(found, caught[-1])}

    return measure


def _roc_auc(taken: Floats, caught: Floats) -> Floats:
    loyal = taken - caught
    wins = np.sum(np.diff(loyal, axis=0) * (caught[1:] + caught[:-1]), axis=0) / 2
    return ratio(wins, loyal[-1] * caught[-1])


def _average_precision(taken: Floats, caught: Floats) -> Floats:
    precision = np.divide(
        caught[1:], taken[1:], out=np.zeros_like(taken[1:]), where=taken[1:] > 0
    )
    precision *= np.diff(caught, axis=0)
    return ratio(np.sum(precision, axis=0), caught[-1])
