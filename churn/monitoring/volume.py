"""Whether as many customers are scored as usual, and whether their rows are sound."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from scipy.stats import t as student

from churn.evaluation.scorecard import Estimate
from churn.monitoring.day import DayProfile, Source
from churn.monitoring.health import Harm
from churn.monitoring.plan import MonitoringPlan
from churn.monitoring.reference import Reference
from churn.monitoring.sequential import Budget
from churn.monitoring.windows import effective_rows

A_WEEK = timedelta(days=7)
FEWEST_DAYS = 14
FEWEST_WEEKS = 2
SOURCES: tuple[Source, ...] = ("batch", "log")
MOST_NAMED = 3
FAULTS = {
    "missing": "no value",
    "unknown_category": "a category that training never saw",
    "out_of_range": "a value beyond what training saw",
    "quarantined": "a broken contract, and were not scored",
}
"""Each with what its rows have."""


@dataclass(frozen=True)
class Volume:
    """One day's rows beside those of the same weekday before.

    Parameters
    ----------
    usual : float
        Their median.
    fall : float
        Logarithm of usual over found; half a row stands for none.
    spread : float
        Standard error of ``fall``, from how days differ from their weekday's usual.
    degrees : int
        Days it was learned from, less one for each weekday.
    """

    n: int
    usual: float
    fall: float
    spread: float
    degrees: int


def volume(counts: Mapping[date, int], day: date) -> Volume | None:
    """Rows of a day beside those of its weekday before; None with too little before.

    Parameters
    ----------
    counts : mapping of date to int
        Rows of earlier days, and of this one if there were any.
    """
    earlier = {when: n for when, n in counts.items() if when < day and n > 0}
    alike = _of_weekday(earlier, day.weekday())
    if len(alike) < FEWEST_WEEKS or len(earlier) < FEWEST_DAYS:
        return None
    usual = float(np.median(alike))
    usual_of = {k: np.median(_of_weekday(earlier, k)) for k in _weekdays(earlier)}
    deviations = [np.log(n / usual_of[when.weekday()]) for when, n in earlier.items()]
    degrees = max(len(earlier) - len(usual_of), 1)
    spread = np.sqrt(np.sum(np.square(deviations)) / degrees)
    # A median of k is off by itself; and whole customers come by chance.
    spread = np.hypot(spread * np.sqrt(1 + np.pi / 2 / len(alike)), usual**-0.5)
    n = counts.get(day, 0)
    fall = float(np.log(usual / max(n, 0.5)))
    return Volume(n, usual, fall, float(spread), degrees)


def volume_statistic(found: Volume, plan: MonitoringPlan) -> tuple[float, float]:
    """Standard errors beyond what is tolerated, and beyond which it is an alarm."""
    tolerated = -np.log1p(-min(plan.tolerances["volume_share"], 1 - 1e-9))
    rate = plan.error_rate("volume") / (len(SOURCES) * plan.looks_a_year)
    threshold = float(student.isf(rate, found.degrees)) if rate > 0 else np.inf
    return float((found.fall - tolerated) / found.spread), threshold


def volume_harms(
    days: Sequence[DayProfile], plan: MonitoringPlan, *, as_of: datetime
) -> Iterator[Harm]:
    """One test for each way that customers are scored."""
    for source in SOURCES:
        counts = {day.day: day.n for day in days if day.source == source}
        day = _last_whole_day(counts, source, as_of)
        if counts:
            yield _volume_harm(source, volume(counts, day), day, plan)


def faults(reference: Reference, newest: Sequence[DayProfile]) -> Mapping[str, "Fault"]:
    """Of each kind, the shares of a day's rows that have it, beyond the reference's."""
    n = sum(day.n for day in newest)
    worth = effective_rows(newest)
    return {
        kind: Fault(kind, n, worth, shares)
        for kind, shares in _fault_shares(reference, newest, n).items()
    }


@dataclass(frozen=True)
class Fault:
    """Shares of a day's rows with one fault, by feature, beyond the reference's."""

    kind: str
    n: int
    n_effective: float
    shares: Mapping[str, float]

    @property
    def worst(self) -> tuple[str, float]:
        """Where it is most frequent."""
        return max(self.shares.items(), key=lambda one: (one[1], one[0]))

    @property
    def error(self) -> float:
        """Of the worst share, half a row more on either side."""
        smooth = (max(self.worst[1], 0.0) * self.n_effective + 0.5) / (
            self.n_effective + 1
        )
        return float(np.sqrt(smooth * (1 - smooth) / (self.n_effective + 1)))


def fault_statistic(
    fault: Fault, n_tests: int, plan: MonitoringPlan
) -> tuple[float, float]:
    """Standard errors beyond what is tolerated, and beyond which it is an alarm."""
    budget = Budget(plan.error_rate("quality"), n_tests, plan.looks_a_year, 0.0)
    excess = fault.worst[1] - plan.tolerances["quality_share"]
    return excess / fault.error, budget.threshold


def quality_harms(
    reference: Reference, days: Sequence[DayProfile], plan: MonitoringPlan
) -> Iterator[Harm]:
    """One test for each kind of fault, of the newest day."""
    last = max(day.day for day in days)
    found = faults(reference, [day for day in days if day.day == last])
    n_tests = max(sum(len(fault.shares) for fault in found.values()), 1)
    for fault in found.values():
        if fault.shares and fault.n:
            yield _fault_harm(fault, last, n_tests, plan)


def _weekdays(counts: Mapping[date, int]) -> set[int]:
    return {when.weekday() for when in counts}


def _of_weekday(counts: Mapping[date, int], weekday: int) -> list[int]:
    return [n for when, n in counts.items() if when.weekday() == weekday]


def _last_whole_day(
    counts: Mapping[date, int], source: Source, as_of: datetime
) -> date:
    """The day that should be there: a log's is whole when it is over."""
    newest = as_of.astimezone(UTC).date()
    is_there = source == "batch" and newest in counts
    return newest if is_there else newest - timedelta(days=1)


def _volume_harm(
    source: Source, found: Volume | None, day: date, plan: MonitoringPlan
) -> Harm:
    tolerance = plan.tolerances["volume_share"]
    where = "scored in batches" if source == "batch" else "answered by the server"
    loss, sentence = (
        Estimate(None, None, None, 0),
        (
            f"customers {where}: not tested, for it takes {FEWEST_DAYS} days before "
            f"and {FEWEST_WEEKS} of the same weekday"
        ),
    )
    statistic = threshold = None
    if found is not None:
        statistic, threshold = volume_statistic(found, plan)
        fall, reach = found.fall, 1.96 * found.spread
        low, value, high = (
            1 - float(np.exp(-x)) for x in (fall - reach, fall, fall + reach)
        )
        loss = Estimate(value, low, high, found.n)
        sentence = (
            f"{found.n:,} customers were {where} on {day}, where {found.usual:,.0f} "
            f"are usual on that weekday; {tolerance:.0%} fewer is tolerated"
        )
    is_alarm = statistic is not None and threshold is not None and statistic > threshold
    return Harm(
        name=f"volume:{source}",
        kind="volume",
        loss=loss,
        tolerance=tolerance,
        unit="share of the usual customers",
        error_rate=plan.error_rate("volume") / len(SOURCES),
        statistic=statistic,
        threshold=threshold,
        window_days=1,
        is_alarm=is_alarm,
        since=day if is_alarm else None,
        sentence=sentence,
        what_to_do=LOOK_AT[source] if is_alarm else "",
    )


LOOK_AT = {
    "batch": "see whether the nightly batch ran, and on whom; run it again",
    "log": "see whether requests reach the server, and its log the store",
}


def _fault_shares(
    reference: Reference, newest: Sequence[DayProfile], n: int
) -> dict[str, dict[str, float]]:
    missing: dict[str, float] = {}
    unknown: dict[str, float] = {}
    for name, before in reference.features.items():
        current = [day.features[name] for day in newest if name in day.features]
        size, was = max(sum(p.n for p in current), 1), max(before.n, 1)
        missing[name] = sum(p.missing for p in current) / size - before.missing / was
        if before.kind == "category":
            unknown[name] = sum(p.other for p in current) / size - before.other / was
    beyond = {name: _counted(newest, f"out_of_range: {name}") for name in missing}
    quarantined = _counted(newest, "quarantined")
    return {
        "missing": missing,
        "unknown_category": unknown,
        "out_of_range": {k: m / max(n, 1) for k, m in beyond.items()},
        "quarantined": {"rows": quarantined / max(n + quarantined, 1)},
    }


def _counted(newest: Sequence[DayProfile], key: str) -> int:
    return sum(day.quality.get(key, 0) for day in newest)


def _fault_harm(fault: Fault, day: date, n_tests: int, plan: MonitoringPlan) -> Harm:
    statistic, threshold = fault_statistic(fault, n_tests, plan)
    name, share = fault.worst
    is_alarm = statistic > threshold
    tolerance = plan.tolerances["quality_share"]
    reach = 1.96 * fault.error
    where = "" if fault.kind == "quarantined" else f" in {name}"
    beyond = "" if fault.kind == "quarantined" else ", beyond what is usual in training"
    return Harm(
        name=f"quality:{fault.kind}",
        kind="quality",
        loss=Estimate(
            share, max(share - reach, -1.0), min(share + reach, 1.0), fault.n
        ),
        tolerance=tolerance,
        unit="share of the rows",
        error_rate=plan.error_rate("quality") * len(fault.shares) / n_tests,
        statistic=statistic,
        threshold=threshold,
        window_days=1,
        is_alarm=is_alarm,
        since=day if is_alarm else None,
        sentence=(
            f"{max(share, 0.0):.1%} of the rows of {day} have "
            f"{FAULTS[fault.kind]}{where}{beyond}; {tolerance:.0%} is tolerated"
        ),
        what_to_do=(
            f"repair what delivers {_named(fault, tolerance)}; then score again"
            if is_alarm
            else ""
        ),
    )


def _named(fault: Fault, tolerance: float) -> str:
    bad = sorted(k for k, share in fault.shares.items() if share > tolerance)
    more = f" and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
    return ", ".join(bad[:MOST_NAMED]) + more
