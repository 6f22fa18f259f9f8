"""Check that no feature looks as if it knew the future, by any of the leak probes."""

from collections.abc import Iterable, Sequence

from churn.evaluation.scorecard import LeakReading, Scorecard
from churn.gates.check import Check, Finding, compare, words

KIND = "leak_probes"
MOST_NAMED = 5


def leak_probes(check: Check, scorecard: Scorecard) -> Finding:
    """Ask that no feature is above a probe's ceiling, which its number names.

    By the interval, a feature leaks when its whole interval lies above. One that the
    ceiling cuts is no evidence: of many features some come near by chance. Probes
    that do not apply are passed over.
    """
    readings = [
        reading
        for reading in scorecard.leaks.readings
        if reading.probe in check.numbers and reading.observed.value is not None
    ]
    if not readings:
        sentence = "skipped, no leak probe applies"
        return Finding("skipped", None, None, sentence, is_undefined=False)
    readings.sort(key=lambda r: check.numbers[r.probe] - (r.observed.value or 0.0))
    leaks = [reading for reading in readings if _leaks(reading, check)]
    first = (leaks or readings)[0]
    return Finding(
        "failed" if leaks else "passed",
        first.observed,
        check.numbers[first.probe],
        f"{_told(leaks, readings)}{_seen(first, check)}",
        is_undefined=False,
    )


def ceilings(checks: Iterable[Check]) -> dict[str, float]:
    """What a policy lets pass by each probe; the lower of two where it asks twice."""
    lowest: dict[str, float] = {}
    for check in checks:
        if check.kind == KIND:
            for probe, number in check.numbers.items():
                lowest[probe] = min(number, lowest.get(probe, number))
    return lowest


def _leaks(reading: LeakReading, check: Check) -> bool:
    bound = check.numbers[reading.probe]
    return compare(reading.observed, bound, by=check.by, at_least=False) == "failed"


def _told(leaks: Sequence[LeakReading], readings: Sequence[LeakReading]) -> str:
    if leaks:
        rest = len(leaks) - MOST_NAMED
        named = ", ".join(f"{r.feature} (by {_by(r)})" for r in leaks[:MOST_NAMED])
        return f"leaks: {named}{f' and {rest} more' if rest > 0 else ''}. First: "
    n_features = len({reading.feature for reading in readings})
    return f"no leak found in {n_features} features; nearest, by {_by(readings[0])}: "


def _seen(reading: LeakReading, check: Check) -> str:
    return (
        f"{reading.feature} {reading.sentence}; {words(reading.observed)}, wanted at "
        f"most {check.numbers[reading.probe]:.4g}"
    )


def _by(reading: LeakReading) -> str:
    return reading.probe.replace("_", " ")
