"""One check of a policy, and how an interval is held against a bound."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from churn.evaluation.scorecard import Estimate
from churn.gates.case import Case
from churn.gates.decision import Outcome

By = Literal["value", "interval"]
Undecided = Literal["blocks", "passes"]
Applies = Literal["always", "with_champion"]

THOUSAND = 1000


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question a policy asks of the evidence.

    Parameters
    ----------
    kind : str
        A name of ``churn.gates.kinds.KINDS``; says which fields below count.
    metric : str or None
    metrics : tuple of str
        Where several are asked about at once.
    by : {"value", "interval"}
        Whether the figure itself or its whole 95 % interval has to lie on the right
        side. By the interval, a bound inside it leaves the check undecided.
    opponents : tuple of str
        Baselines to beat.
    numbers : mapping of parameter to number
        Optional ones that the data set does not give are absent.
    texts : mapping of parameter to text
    undecided : {"blocks", "passes"}
        What an undecided check does. An undefined figure blocks in either case.
    applies : {"always", "with_champion"}
    """

    name: str
    kind: str
    metric: str | None
    metrics: tuple[str, ...]
    by: By
    opponents: tuple[str, ...]
    numbers: Mapping[str, float]
    texts: Mapping[str, str]
    undecided: Undecided
    applies: Applies


@dataclass(frozen=True)
class Finding:
    """What one check found.

    ``is_undefined`` when something it needs does not exist; ``metric`` says what
    ``observed`` is a figure of where the check itself does not.
    """

    outcome: Outcome
    observed: Estimate | None
    bound: float | None
    sentence: str
    is_undefined: bool
    metric: str | None = None


Answer = Callable[[Check, Case], Finding]


def compare(observed: Estimate, bound: float, *, by: By, at_least: bool) -> Outcome:
    """Hold a figure against a bound; the bound itself is on the right side.

    Examples
    --------
    >>> auc = Estimate(value=0.85, low=0.83, high=0.87, n=1400)
    >>> [compare(auc, b, by="interval", at_least=True) for b in (0.83, 0.84, 0.88)]
    ['passed', 'undecided', 'failed']
    >>> [compare(auc, b, by="value", at_least=True) for b in (0.85, 0.86)]
    ['passed', 'failed']
    """
    low, high = _limits(observed, by)
    if low is None or high is None:
        return "undecided"
    if not at_least:
        low, high, bound = -high, -low, -bound
    if low >= bound:
        return "passed"
    return "failed" if high < bound else "undecided"


def exceeds(observed: Estimate, bound: float, *, by: By) -> Outcome:
    """Ask a figure to lie strictly above a bound; exactly at it is not above.

    Examples
    --------
    >>> exceeds(Estimate(value=0.1, low=0.0, high=0.2, n=50), 0.0, by="interval")
    'undecided'
    >>> exceeds(Estimate(value=0.0, low=0.0, high=0.0, n=50), 0.0, by="interval")
    'failed'
    """
    at_most = compare(observed, bound, by=by, at_least=False)
    opposite: dict[Outcome, Outcome] = {"passed": "failed", "failed": "passed"}
    return opposite.get(at_most, "undecided")


def worst(outcomes: list[Outcome]) -> Outcome:
    """Failed before undecided before passed.

    Examples
    --------
    >>> worst(["passed", "undecided"]), worst(["undecided", "failed"]), worst([])
    ('undecided', 'failed', 'passed')
    """
    order: tuple[Outcome, ...] = ("failed", "undecided", "passed")
    return next((o for o in order if o in outcomes), "passed")


def hold(
    name: str, observed: Estimate | None, bound: float, *, by: By, at_least: bool
) -> Finding:
    """Answer a check that is one figure and one bound."""
    if observed is None or observed.value is None:
        return undefined(name, observed)
    outcome = compare(observed, bound, by=by, at_least=at_least)
    side = "at least" if at_least else "at most"
    subject = f"{name} {words(observed)}"
    sentence = f"{subject}; wanted {_the(by)} {side} {bound:.4g}"
    return Finding(outcome, observed, bound, sentence, is_undefined=False)


def skipped(why: str) -> Finding:
    """Answer a check that does not apply."""
    return Finding("skipped", None, None, f"skipped, {why}", is_undefined=False)


def undefined(name: str, observed: Estimate | None) -> Finding:
    """Answer a check whose figure does not exist."""
    sentence = f"{name} is undefined on the test rows, so nothing can be said"
    return Finding("undecided", observed, None, sentence, is_undefined=True)


def words(observed: Estimate) -> str:
    """Write a figure with its interval.

    Examples
    --------
    >>> words(Estimate(value=0.85, low=0.8312, high=0.87, n=1400))
    '0.85 (0.8312 to 0.87)'
    >>> words(Estimate(value=0.85, low=None, high=None, n=3))
    '0.85 (no interval)'
    """
    if observed.low is None or observed.high is None:
        return f"{digits(observed.value)} (no interval)"
    return (
        f"{digits(observed.value)} ({digits(observed.low)} to {digits(observed.high)})"
    )


def digits(value: float | None) -> str:
    """Four significant digits, or whole thousands; never an exponent.

    Examples
    --------
    >>> digits(43242.1), digits(0.84794), digits(None)
    ('43,242', '0.8479', 'undefined')
    """
    if value is None:
        return "undefined"
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.4g}"


def _limits(observed: Estimate, by: By) -> tuple[float | None, float | None]:
    if by == "value":
        return observed.value, observed.value
    return observed.low, observed.high


def _the(by: By) -> str:
    return "the whole interval" if by == "interval" else "the value"
