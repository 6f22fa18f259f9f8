"""Checks of what both models said of the same rows."""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.evaluation.scorecard import Estimate
from churn.gates.check import digits, words
from churn.gates.decision import Outcome
from churn.rollout.check import RolloutCheck, RolloutFinding, unproven
from churn.rollout.evidence import RolloutEvidence
from churn.significance.eprocess import bet, interval

Floats = NDArray[np.float64]

THRESHOLDS = np.round(np.arange(0.1, 1, 0.1), 1)
"""Where two distributions of probabilities are compared; fixed before any is seen."""


def score_shift(check: RolloutCheck, evidence: RolloutEvidence) -> RolloutFinding:
    """Ask that probabilities move by ``bound`` at most, on average over customers."""
    rows = _both_scored(evidence)
    moved = np.abs(_of(rows, "challenger") - _of(rows, "champion"))
    return _at_most(check, moved, "a probability moves on average by")


def decision_flips(check: RolloutCheck, evidence: RolloutEvidence) -> RolloutFinding:
    """Ask that at most a share ``bound`` of the customers be decided upon otherwise."""
    rows = _both_scored(evidence)
    flipped = _of(rows, "is_contacted_by_challenger") != _of(
        rows, "is_contacted_by_champion"
    )
    return _at_most(check, flipped.astype(np.float64), "decided otherwise are")


def unscored(check: RolloutCheck, evidence: RolloutEvidence) -> RolloutFinding:
    """Ask that the challenger fail on a share of at most ``bound`` of the customers."""
    failed = once(evidence.pairs)["challenger"].is_null().to_numpy()
    return _at_most(check, failed.astype(np.float64), "it cannot score")


def slow_scores(check: RolloutCheck, evidence: RolloutEvidence) -> RolloutFinding:
    """Ask that at most a share ``bound`` take it longer than ``slow_seconds``."""
    limit = check.numbers["slow_seconds"]
    slow = _of(once(evidence.pairs), "seconds") > limit
    told = f"it takes longer than {digits(limit)} s for"
    return _at_most(check, slow.astype(np.float64), told)


def score_distribution(
    check: RolloutCheck, evidence: RolloutEvidence
) -> RolloutFinding:
    """Ask that as many be below any probability as before, but for a share ``bound``.

    That is the Kolmogorov distance at fixed thresholds. The error rate is divided
    among them and both directions; it passes when it does so at every one.
    """
    rows, bound = _both_scored(evidence), check.numbers["bound"]
    ours, theirs = _of(rows, "champion"), _of(rows, "challenger")
    rate = check.error_rate / (2 * THRESHOLDS.size)
    shifts = {
        float(t): (theirs <= t).astype(np.float64) - (ours <= t) for t in THRESHOLDS
    }
    outcomes = {t: _within(shift, bound, rate) for t, shift in shifts.items()}
    worst = max(shifts, key=lambda t: (_rank(outcomes[t]), _distance(shifts[t])))
    low, high = interval(shifts[worst], error_rate=rate)
    value = float(shifts[worst].mean()) if len(rows) else None
    return _found(
        outcomes[worst],
        Estimate(value, low, high, len(rows)),
        bound,
        f"the share at or below {worst:g} moves by",
    )


def once(rows: pl.DataFrame) -> pl.DataFrame:
    """Each customer's earliest row, in the order in which they were seen."""
    return rows.unique("customer", keep="first", maintain_order=True)


def _both_scored(evidence: RolloutEvidence) -> pl.DataFrame:
    return once(evidence.pairs).filter(pl.col("challenger").is_not_null())


def _of(rows: pl.DataFrame, column: str) -> NDArray[np.float64]:
    return rows[column].to_numpy()


def _at_most(check: RolloutCheck, values: Floats, told: str) -> RolloutFinding:
    """Hold the mean of values in [0, 1] against the check's bound."""
    bound, rate = check.numbers["bound"], check.error_rate
    low, high = interval(values, error_rate=rate)
    value = float(values.mean()) if values.size else None
    estimate = Estimate(value, max(low, 0.0), high, values.size)
    return _found(_below(values, bound, rate), estimate, bound, told)


def _below(values: Floats, bound: float, rate: float) -> Outcome:
    """Whether the mean is proven to lie above the bound, or below."""
    if bet(values, bound).rejects(rate):
        return "failed"
    return "passed" if bet(-values, -bound).rejects(rate) else "undecided"


def _within(shift: Floats, bound: float, rate: float) -> Outcome:
    either = [_below(sign * shift, bound, rate) for sign in (1, -1)]
    if "failed" in either:
        return "failed"
    return "undecided" if "undecided" in either else "passed"


def _rank(outcome: Outcome) -> int:
    return ("passed", "undecided", "failed").index(outcome)


def _distance(shift: Floats) -> float:
    return abs(float(shift.mean())) if shift.size else 0.0


def _found(
    outcome: Outcome, estimate: Estimate, bound: float, told: str
) -> RolloutFinding:
    if estimate.value is None:
        return RolloutFinding("undecided", None, bound, "no row was scored by both yet")
    sentence = (
        f"{told} {words(estimate)} of {estimate.n:,} customers; wanted at most "
        f"{digits(bound)}"
    )
    so_far = unproven(outcome, is_met=abs(estimate.value) <= bound)
    return RolloutFinding(outcome, estimate, bound, sentence + so_far)


Answer = Callable[[RolloutCheck, RolloutEvidence], RolloutFinding]
