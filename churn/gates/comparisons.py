"""Checks of the model against baselines on the same test rows, by paired gains."""

from collections.abc import Collection

from churn.evaluation.rivals import CHAMPION, ORACLE
from churn.evaluation.scorecard import Estimate, Opponent, Scorecard
from churn.gates.check import (
    Check,
    Finding,
    exceeds,
    undefined,
    words,
    worst,
)
from churn.gates.decision import Outcome


def baselines(scorecard: Scorecard) -> list[Opponent]:
    """Every opponent but the champion and the oracle."""
    return [o for o in scorecard.opponents.values() if o.name not in (CHAMPION, ORACLE)]


def beats(check: Check, scorecard: Scorecard) -> Finding:
    """Ask for a gain above ``margin`` over each named opponent.

    The hardest of them is reported. A gain equal to the margin beats nothing.
    """
    metric, margin = check.metric or "", check.numbers["margin"]
    gains = {name: _gain(scorecard, name, metric) for name in check.opponents}
    missing = [n for n, gain in gains.items() if gain is None or gain.value is None]
    if missing:
        return undefined(f"gain in {metric} over {' and '.join(missing)}", None)
    known = {name: gain for name, gain in gains.items() if gain is not None}
    outcomes = {
        name: exceeds(gain, margin, by=check.by) for name, gain in known.items()
    }
    hardest = min(known, key=lambda name: _rank(outcomes[name], known[name]))
    sentence = (
        f"gain in {metric} over {_among(hardest, known)}: "
        f"{words(known[hardest])}; wanted {_more(check)} {margin:.4g}"
    )
    outcome = worst(list(outcomes.values()))
    return Finding(outcome, known[hardest], margin, sentence, is_undefined=False)


def _among(hardest: str, known: Collection[str]) -> str:
    return f"{hardest} (the hardest of {len(known)})" if len(known) > 1 else hardest


def _gain(scorecard: Scorecard, opponent: str, metric: str) -> Estimate | None:
    found = scorecard.opponents.get(opponent)
    return None if found is None else found.gains.get(metric)


def _rank(outcome: Outcome, gain: Estimate) -> tuple[int, float]:
    """Sort key: the worst outcome first, then the smallest gain."""
    order: tuple[Outcome, ...] = ("failed", "undecided", "passed")
    return order.index(outcome), gain.value or 0.0


def _more(check: Check) -> str:
    return f"the {check.by} above"
