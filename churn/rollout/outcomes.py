"""Checks of what became of the customers, once that is known."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from churn.evaluation.scorecard import Estimate
from churn.gates.check import digits, words
from churn.gates.decision import Outcome
from churn.rollout.check import RolloutCheck, RolloutFinding, unproven
from churn.rollout.evidence import RolloutEvidence
from churn.significance.eprocess import bet, interval
from churn.significance.gains import auc_gains, brier_gains

Floats = NDArray[np.float64]


def outcomes(check: RolloutCheck, evidence: RolloutEvidence) -> RolloutFinding:
    """Ask for a gain over the champion of at least ``margin``, on matured labels.

    It fails when the gain is proven to lie below, and passes when it is proven to lie
    above, however often one looks while labels mature.
    """
    margin, metric = check.numbers["margin"], check.texts["metric"]
    gains = GAINS[metric](evidence)
    if not gains.size:
        sentence = f"no gain in {metric} yet: no label of these customers has matured"
        return RolloutFinding("undecided", None, margin, sentence)
    low, high = interval(gains, error_rate=check.error_rate)
    gain = Estimate(float(gains.mean()), low, high, gains.size)
    outcome = _outcome(gains, margin, check.error_rate)
    sentence = (
        f"gain in {metric} over the champion {words(gain)}; wanted none below "
        f"{digits(margin)}"
    )
    so_far = unproven(outcome, is_met=float(gains.mean()) >= margin)
    return RolloutFinding(outcome, gain, margin, sentence + so_far)


def _outcome(gains: Floats, margin: float, error_rate: float) -> Outcome:
    """Whether their mean is proven to lie below the margin, or above."""
    if bet(-gains, -margin).rejects(error_rate):
        return "failed"
    return "passed" if bet(gains, margin).rejects(error_rate) else "undecided"


def _brier(evidence: RolloutEvidence) -> Floats:
    rows = evidence.outcomes
    return brier_gains(
        rows["is_churn"].to_numpy(),
        rows["challenger"].to_numpy(),
        rows["champion"].to_numpy(),
        rows["customer"].to_numpy(),
    )


def _roc_auc(evidence: RolloutEvidence) -> Floats:
    rows = evidence.outcomes
    return auc_gains(
        rows["is_churn"].to_numpy(),
        rows["challenger"].to_numpy(),
        rows["champion"].to_numpy(),
        rows["customer"].to_numpy(),
        rows["snapshot_date"].to_physical().to_numpy(),
    )


GAINS: Mapping[str, Callable[[RolloutEvidence], Floats]] = {
    "brier": _brier,
    "roc_auc": _roc_auc,
}
