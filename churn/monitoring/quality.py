"""Whether the rows that are scored are sound: what may page, and what explains."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from churn.evaluation.scorecard import Estimate
from churn.monitoring.day import DayProfile
from churn.monitoring.health import Harm, QualityFinding
from churn.monitoring.plan import MonitoringPlan
from churn.monitoring.reference import Reference
from churn.monitoring.sequential import Budget
from churn.monitoring.windows import effective_rows

MOST_NAMED = 3
FAULTS = {
    "missing": "no value",
    "unknown_category": "a category that training never saw",
    "quarantined": "a broken contract, and were not scored",
}
"""Each with what its rows have. A value beyond the range of training is none: tenure
grows with the calendar in the soundest of businesses."""

UNUSUAL = FAULTS | {"out_of_range": "a value beyond the range of training"}
"""What explains and never pages, each with what its rows have."""


@dataclass(frozen=True)
class Excess:
    """By how much a share of rows is above the reference's, and its standard error."""

    share: float
    error: float

    @classmethod
    def of(cls, current: "Share", before: "Share | None") -> Self:
        """The reference's error counts too; None where there is nothing before."""
        if before is None:
            return cls(current.value, float(np.sqrt(current.variance)))
        error = np.sqrt(current.variance + before.variance)
        return cls(current.value - before.value, float(error))

    def beyond(self, tolerance: float) -> float:
        """Standard errors beyond what is tolerated."""
        return (self.share - tolerance) / self.error


@dataclass(frozen=True)
class Share:
    """Some of ``n`` rows, which are worth so many independent ones."""

    k: int
    n: int
    n_effective: float

    @property
    def value(self) -> float:
        """0 of no rows."""
        return self.k / max(self.n, 1)

    @property
    def variance(self) -> float:
        """With half a row more on either side, so that none is taken for certain."""
        rate = (self.value * self.n_effective + 0.5) / (self.n_effective + 1)
        return rate * (1 - rate) / (self.n_effective + 1)


@dataclass(frozen=True)
class Fault:
    """One kind of fault in a day's rows, feature by feature."""

    kind: str
    n: int
    excesses: Mapping[str, Excess]

    def worst(self, tolerance: float) -> str:
        """Of which feature most is proven."""
        proven = {k: one.beyond(tolerance) for k, one in self.excesses.items()}
        return max(proven, key=lambda name: (proven[name], name))


def faults(reference: Reference, newest: Sequence[DayProfile]) -> Iterator[Fault]:
    """Each kind of fault in the rows of one day."""
    n, worth = sum(day.n for day in newest), effective_rows(newest)
    of_training = reference.n_training_customers
    missing: dict[str, Excess] = {}
    unknown: dict[str, Excess] = {}
    for name, before in reference.features.items():
        current = [day.features[name] for day in newest if name in day.features]
        size = sum(profile.n for profile in current)
        was = Share(before.missing, before.n, of_training)
        found = Share(sum(profile.missing for profile in current), size, worth)
        missing[name] = Excess.of(found, was)
        if before.kind == "category":
            was = Share(before.other, before.n, of_training)
            found = Share(sum(profile.other for profile in current), size, worth)
            unknown[name] = Excess.of(found, was)
    yield Fault("missing", n, missing)
    yield Fault("unknown_category", n, unknown)
    bad = sum(day.quality.get("quarantined", 0) for day in newest)
    of_all = Share(bad, n + bad, worth + bad)
    yield Fault("quarantined", n, {"rows": Excess.of(of_all, None)})


def fault_threshold(n_tests: int, plan: MonitoringPlan) -> float:
    """Standard errors beyond what is tolerated that make an alarm."""
    budget = Budget(plan.error_rate("quality"), n_tests, plan.looks_a_year, 0.0)
    return budget.threshold


def quality_harms(
    reference: Reference, days: Sequence[DayProfile], plan: MonitoringPlan
) -> Iterator[Harm]:
    """One test for each kind of fault, of the newest day."""
    last = max(day.day for day in days)
    found = list(faults(reference, [day for day in days if day.day == last]))
    n_tests = sum(len(fault.excesses) for fault in found)
    for fault in found:
        if fault.excesses and fault.n:
            yield _fault_harm(fault, last, n_tests, plan)


def findings(days: Sequence[DayProfile]) -> tuple[QualityFinding, ...]:
    """What was unusual about the rows of the window, the most frequent first."""
    counts: dict[str, int] = {}
    for day in days:
        for name, n in day.quality.items():
            counts[name] = counts.get(name, 0) + n
    n_rows = sum(day.n for day in days)
    return tuple(
        QualityFinding(
            name=name,
            n=n,
            share=n / n_rows if n_rows and ":" in name else None,
            sentence=_found(name, n, n_rows),
        )
        for name, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        if n
    )


def _fault_harm(fault: Fault, day: date, n_tests: int, plan: MonitoringPlan) -> Harm:
    tolerance = plan.tolerances["quality_share"]
    name = fault.worst(tolerance)
    worst = fault.excesses[name]
    statistic, threshold = worst.beyond(tolerance), fault_threshold(n_tests, plan)
    is_alarm = statistic > threshold
    share, reach = worst.share, 1.96 * worst.error
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
        error_rate=plan.error_rate("quality") * len(fault.excesses) / n_tests,
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
    bad = sorted(k for k, one in fault.excesses.items() if one.share > tolerance)
    more = f" and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
    return ", ".join(bad[:MOST_NAMED]) + more


def _found(name: str, n: int, n_rows: int) -> str:
    """In words where it is a feature's: ``<kind>: <feature>``."""
    kind, _, feature = name.partition(": ")
    if not feature or kind not in UNUSUAL:
        return f"{name}: {n:,} in {n_rows:,} rows"
    return f"{feature}: {n:,} of {n_rows:,} rows have {UNUSUAL[kind]}"
