"""What a model is worth while nobody knows the labels, and when nobody can say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from churn.evaluation.scorecard import Estimate, Figures
from churn.monitoring.churn_sums import ChurnSums, quotient
from churn.monitoring.drift import FeatureDrift
from churn.monitoring.health import Estimated
from churn.monitoring.losses import Rows, rate_error
from churn.monitoring.performance import (
    Reading,
    estimates,
    net_value,
    net_value_slopes,
    ratio,
    roc_auc,
    roc_auc_slopes,
)
from churn.monitoring.plan import MonitoringPlan
from churn.monitoring.trials import ReferenceRows
from churn.scoring.decision import Economics

Floats = NDArray[np.float64]

NAMES = ("roc_auc", "recall", "churn_rate", "net_value_per_1000_eur")
FEWEST_IN_BIN = 5
"""Customers of the reference in a bin, below whom it hardly knows such scores."""

MOST_NAMED = 3


def estimated(
    reference: ReferenceRows | None,
    current: Rows,
    economics: Economics,
    doubts: Sequence[str],
    *,
    level: float = 0.95,
) -> Estimated:
    """The figures of one group by either method, with intervals.

    An interval allows for which customers happened to be scored, and for how little the
    reference's outcomes say of the churn rate at each score. It allows for no change of
    what a score means: that no one can see without labels.

    Parameters
    ----------
    current : Rows
        Of one group, with probabilities for labels, arrays of shape (n_bins,).
    doubts : sequence of str
        Why the figures are not to be relied upon.

    References
    ----------
    "Confidence": Białek et al. (2024), arXiv 2401.08348. "Importance": Sugiyama,
    Krauledat, Müller (2007), "Covariate shift adaptation by importance weighted cross
    validation", JMLR 8, the weights being ratios of the scores' shares by bin.
    """
    if reference is None:
        n = int(current.sums.n.sum())
        nothing = dict.fromkeys(NAMES, Estimate(None, None, None, n))
        trusting = _figures(current, None, economics, level)
        return Estimated(
            confidence=trusting,
            importance=nothing,
            reference=nothing,
            cannot_know=tuple(doubts),
        )
    promised, known = (
        _group(rows, 0) for rows in (reference.promised, reference.known)
    )
    weighted = Rows(reweighted(known.sums, current.sums), current.n_effective)
    return Estimated(
        confidence=_figures(current, known, economics, level),
        importance=_figures(weighted, known, economics, level),
        reference=_figures(promised, None, economics, level),
        cannot_know=tuple(doubts),
    )


def reweighted(reference: ChurnSums, current: ChurnSums) -> ChurnSums:
    """Today's scores with what became of the reference's customers of like score.

    A bin that the reference never saw keeps its probabilities.
    """
    rate = quotient(reference.churn, reference.n, quotient(current.churn, current.n))
    of_contacted = quotient(reference.churn_contacted, reference.n_contacted, rate)
    promised = quotient(current.net_eur, current.n_contacted)
    net = quotient(reference.net_eur, reference.n_contacted, promised)
    net_square = quotient(reference.net_square_eur, reference.n_contacted, promised**2)
    return replace(
        current,
        churn=rate * current.n,
        churn_square=rate**2 * current.n,
        churn_contacted=of_contacted * current.n_contacted,
        churn_square_contacted=of_contacted**2 * current.n_contacted,
        net_eur=net * current.n_contacted,
        net_square_eur=net_square * current.n_contacted,
    )


def unsupported_share(reference: ChurnSums, current: ChurnSums) -> float:
    """Of today's rows, how many have scores that the reference hardly knows."""
    n = float(current.n.sum())
    strange = float(current.n[reference.n < FEWEST_IN_BIN].sum())
    return strange / n if n else 0.0


def doubts(
    reference: ReferenceRows | None,
    current: Rows,
    drift: Sequence[FeatureDrift],
    contradicted: Sequence[str],
    plan: MonitoringPlan,
) -> Iterator[str]:
    """Which assumptions of the estimates do not hold, a sentence each."""
    few = {"fewest_rows": plan.fewest_rows, "fewest_churners": plan.fewest_churners}
    if not bool(current.is_enough(**few)):
        yield (
            f"too few customers: about {float(current.n_effective):,.0f} were scored, "
            f"at least {plan.fewest_rows:,} with {plan.fewest_churners} expected "
            "churners are needed"
        )
    if reference is None:
        yield "the bundle holds no outcomes of the reference to compare with"
    else:
        strange = unsupported_share(_group(reference.known, 0).sums, current.sums)
        if strange > plan.most_unsupported_share:
            yield (
                f"{strange:.1%} of the customers have scores that the reference hardly "
                f"knows, more than {plan.most_unsupported_share:.0%}"
            )
    yield from _strange_values(drift, plan.most_unsupported_share)
    yield from contradicted


def _strange_values(drift: Sequence[FeatureDrift], most: float) -> Iterator[str]:
    for what, shares in (("new categories", _newly), ("missing values", _missing)):
        found = {one.name: share for one in drift if (share := shares(one)) > most}
        if found:
            worst = sorted(found, key=lambda name: (-found[name], name))[:MOST_NAMED]
            told = ", ".join(f"{name} ({found[name]:.0%})" for name in worst)
            rest = len(found) - len(worst)
            more = f" and {rest} more" if rest else ""
            yield f"{what} beyond {most:.0%} that training never saw: {told}{more}"


def _newly(one: FeatureDrift) -> float:
    found = one.distances
    return (
        found.new_category_share - found.reference_new_category_share if found else 0.0
    )


def _missing(one: FeatureDrift) -> float:
    found = one.distances
    return found.missing_rate - found.reference_missing_rate if found else 0.0


def _figures(
    rows: Rows, known: Rows | None, economics: Economics, level: float
) -> Figures:
    """Figures with intervals; with the reference's outcomes, theirs are allowed for."""
    n_effective = rows.n_effective
    readings: dict[str, Reading] = {
        "roc_auc": roc_auc(rows.sums, n_effective),
        "recall": ratio(rows.sums, "recall", n_effective),
        "churn_rate": ratio(rows.sums, "churn_rate", n_effective),
        "net_value_per_1000_eur": net_value(rows.sums, n_effective),
    }
    if known is not None:
        for name, slopes in _slopes(rows.sums, economics).items():
            of_rates = rate_error(slopes, known.sums, known.n_effective)
            sampled = readings[name]
            readings[name] = Reading(sampled.value, np.hypot(sampled.error, of_rates))
    return estimates(readings, int(rows.sums.n.sum()), level=level)


def _slopes(sums: ChurnSums, economics: Economics) -> Mapping[str, Floats]:
    """By how much each figure grows with the churn rate of each bin."""
    n, churn = float(sums.n.sum()), float(sums.churn.sum())
    recall = float(sums.churn_contacted.sum()) / churn if churn > 0 else np.nan
    return {
        "roc_auc": roc_auc_slopes(sums),
        "recall": (sums.n_contacted - recall * sums.n) / (churn or np.nan),
        "churn_rate": sums.n / max(n, 1.0),
        "net_value_per_1000_eur": net_value_slopes(sums, economics),
    }


def _group(rows: Rows, place: int) -> Rows:
    return Rows(rows.sums[place], rows.n_effective[place])
