"""Whether as many customers are scored as usual."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from scipy.stats import t as student

from churn.evaluation.scorecard import Estimate
from churn.monitoring.day import DayProfile, Source
from churn.monitoring.health import Harm
from churn.monitoring.plan import MonitoringPlan

A_WEEK = timedelta(days=7)
FEWEST_DAYS = 14
FEWEST_WEEKS = 2
SOURCES: tuple[Source, ...] = ("batch", "log")


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
    """One test for each way that customers are scored.

    Parameters
    ----------
    days : sequence of DayProfile
        Of all versions: a new one changes nothing about how many are to be scored.
    """
    for source in SOURCES:
        counts: Counter[date] = Counter()
        for day in days:
            counts[day.day] += day.n if day.source == source else 0
        if any(counts.values()):
            last = _last_whole_day(counts, source, as_of)
            yield _volume_harm(source, volume(counts, last), last, plan)


def _weekdays(counts: Mapping[date, int]) -> set[int]:
    return {when.weekday() for when in counts}


def _of_weekday(counts: Mapping[date, int], weekday: int) -> list[int]:
    return [n for when, n in counts.items() if when.weekday() == weekday]


def _last_whole_day(
    counts: Mapping[date, int], source: Source, as_of: datetime
) -> date:
    """The day that should be there: a log's is whole when it is over."""
    newest = as_of.astimezone(UTC).date()
    is_there = source == "batch" and counts.get(newest, 0) > 0
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
