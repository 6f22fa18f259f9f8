"""Checks of a canary's two arms: different customers, drawn by chance."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.evaluation.scorecard import Estimate
from churn.gates.check import digits, words
from churn.gates.decision import Outcome
from churn.rollout.check import RolloutCheck, RolloutFinding, unproven
from churn.rollout.evidence import RolloutEvidence
from churn.rollout.paired import once
from churn.scoring.guard import FEWEST, RateBet
from churn.significance.eprocess import interval

Bools = NDArray[np.bool_]

BLOCK = 200
"""Customers that are bet on at once, in the order in which they came."""


def failures(check: RolloutCheck, evidence: RolloutEvidence) -> RolloutFinding:
    """Ask that the challenger's arm fail no more often, but for ``margin``."""
    rows = once(evidence.answers)
    return _compared(check, rows, rows["is_failed"].to_numpy(), "failed")


def slow_answers(check: RolloutCheck, evidence: RolloutEvidence) -> RolloutFinding:
    """Ask that answers take longer than ``slow_seconds`` no more often."""
    rows, limit = once(evidence.answers), check.numbers["slow_seconds"]
    slow = rows["seconds"].to_numpy() > limit
    told = f"waited longer than {digits(limit)} s"
    return _compared(check, rows, slow, told)


def _compared(
    check: RolloutCheck, rows: pl.DataFrame, events: Bools, told: str
) -> RolloutFinding:
    """Bet that the challenger's share is larger; by intervals show that it is not."""
    margin = check.numbers["margin"]
    is_challenger = rows["is_challenger"].to_numpy()
    ours, theirs = events[~is_challenger], events[is_challenger]
    if not (ours.size and theirs.size):
        sentence = "nobody was answered by both arms yet"
        return RolloutFinding("undecided", None, margin, sentence)
    more = _difference(ours, theirs, check.error_rate)
    is_above = _bet(events, is_challenger, margin).rejects(check.error_rate)
    sentence = (
        f"{theirs.sum():,} of {theirs.size:,} of the challenger's customers {told}, "
        f"{ours.sum():,} of {ours.size:,} of the champion's, a difference of "
        f"{words(more)}; wanted at most {digits(margin)}"
    )
    outcome = "failed" if is_above else _unless_above(more, margin)
    so_far = unproven(outcome, is_met=more.value is not None and more.value <= margin)
    return RolloutFinding(outcome, more, margin, sentence + so_far)


def _unless_above(more: Estimate, margin: float) -> Outcome:
    is_below = more.high is not None and more.high <= margin
    return "passed" if is_below else "undecided"


def _difference(ours: Bools, theirs: Bools, error_rate: float) -> Estimate:
    """How much larger the challenger's share is, from an interval of either."""
    (low, high), (least, most) = (
        interval(arm.astype(np.float64), error_rate=error_rate / 2)
        for arm in (ours, theirs)
    )
    return Estimate(
        float(theirs.mean() - ours.mean()),
        max(least, 0.0) - high,
        most - max(low, 0.0),
        ours.size + theirs.size,
    )


def _bet(events: Bools, is_challenger: Bools, margin: float) -> RateBet:
    held = RateBet.start(margin)
    for champion, challenger in _blocks(events, is_challenger):
        held = held.update(champion, challenger)
    return held


def _blocks(
    events: Bools, is_challenger: Bools
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Requests and events of both arms, block by block; whole blocks only."""
    waiting = np.zeros((2, 2), np.int64)
    for start in range(0, events.size - BLOCK + 1, BLOCK):
        arm, event = (x[start : start + BLOCK] for x in (is_challenger, events))
        waiting += [
            (np.count_nonzero(arm == side), np.count_nonzero(event[arm == side]))
            for side in (False, True)
        ]
        if waiting[:, 0].min() >= FEWEST:
            (n, k), (m, hits) = waiting.tolist()
            yield (n, k), (m, hits)
            waiting[:] = 0
