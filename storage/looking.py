"""Which scores a look at a model is about, and their days as they were counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from churn.dataset import Dataset
from churn.errors import NotEnoughDataError
from churn.monitoring.day import DayProfile, merged
from churn.monitoring.documents import read_day
from churn.monitoring.following import Looked, OutcomePlan
from churn.report.formats import plural
from churn.scoring.bundle import Bundle
from churn.snapshots import SnapshotPlan
from storage.log_profiles import Counted, count_log, is_of, profile_table
from storage.score_table import ScoreTable
from storage.served import Period, ServedLog

NO_LOG = "the stack names no stores.predictions: what servers answer is not kept"


@dataclass(frozen=True, kw_only=True)
class Look:
    """Whose scores of which days are looked at."""

    dataset: Dataset
    model: str
    version: str
    as_of: datetime
    window_days: int
    outcomes: OutcomePlan
    snapshots: SnapshotPlan | None

    @property
    def window(self) -> Period:
        """The days whose scores are judged."""
        last = self.as_of.date()
        return Period(last - timedelta(days=self.window_days - 1), last)

    @property
    def followed(self) -> Period:
        """The days whose labels may still tell something."""
        last = self.as_of.date()
        first = self.outcomes.first_day(last, self.window_days, self.snapshots)
        return Period(first, last)


def look_at(
    look: Look,
    bundle_of: Callable[[str], Bundle | None],
    *,
    now: datetime,
    environ: Mapping[str, str],
) -> Looked:
    """Count what of the log is not counted yet, and say what there is to look at.

    Raises
    ------
    NotEnoughDataError
        If the version scored nobody within the window.
    TableError
        If a table cannot be read or written.
    """
    log = ServedLog.of(look.model, environ)
    notes = [NO_LOG]
    if log is not None:
        table = profile_table(look.model, environ=environ)
        counted = count_log(log, table, look.dataset, bundle_of, look.followed, now=now)
        notes = list(_notes(counted, log.n_bad_lines(look.window.first)))
    found = version_days(look.model, look.version, look.followed, environ=environ)
    if not any(day.day >= look.window.first and day.n for day in found):
        raise NotEnoughDataError(_nobody(look, log, environ))
    return Looked(
        version=look.version,
        first_day=look.window.first,
        last_day=look.window.last,
        first_followed_day=look.followed.first,
        n_followed=sum(day.n for day in found),
        notes=tuple(notes),
    )


def version_days(
    model: str, version: str, period: Period, *, environ: Mapping[str, str]
) -> list[DayProfile]:
    """A version's days in order, one profile a day and source.

    Raises as ``all_days``.
    """
    return _days(model, period, environ, lambda key: is_of(key, version))


def all_days(
    model: str, period: Period, *, environ: Mapping[str, str]
) -> list[DayProfile]:
    """Every version's days in order, one profile a day, source and version.

    Raises
    ------
    TableError
    DataError
        If a profile cannot be read.
    """
    return _days(model, period, environ, lambda _: True)


def days_of_others(
    model: str, version: str, period: Period, *, environ: Mapping[str, str]
) -> frozenset[date]:
    """Days on which another version scored anybody.

    Raises
    ------
    TableError
    """
    kept = profile_table(model, environ=environ).read(period.first, period.last)
    return frozenset(one.day for one in kept if not is_of(one.key, version))


def _days(
    model: str,
    period: Period,
    environ: Mapping[str, str],
    is_wanted: Callable[[str], bool],
) -> list[DayProfile]:
    table = profile_table(model, environ=environ)
    parts: dict[tuple[date, str, str], list[DayProfile]] = {}
    for kept in table.read(period.first, period.last):
        if is_wanted(kept.key):
            profile = read_day(kept.document)
            place = (profile.day, profile.source, profile.version)
            parts.setdefault(place, []).append(profile)
    return [merged(parts[place]) for place in sorted(parts)]


def _notes(counted: Counted, n_bad_lines: int) -> list[str]:
    notes = []
    if counted.n_uncounted:
        notes.append(
            f"{plural(counted.n_uncounted, 'answer')} of versions whose bundles are "
            "gone: not counted"
        )
    if n_bad_lines:
        notes.append(
            f"{plural(n_bad_lines, 'line')} of the prediction log cannot be read, as "
            "of a segment cut in half: kept in its table quarantine"
        )
    return notes


def _nobody(look: Look, log: ServedLog | None, environ: Mapping[str, str]) -> str:
    """That nobody was scored, and when somebody was."""
    period = look.window
    told = (
        f"version {look.version}, in production, scored nobody from {period.first} to "
        f"{period.last}"
    )
    days = [*ScoreTable.of(look.model, environ=environ).dates()]
    days += [day for day in [log.last_day() if log else None] if day is not None]
    if not days:
        return (
            f"{told}, and nobody was scored ever; `--pipeline batch_inference` scores"
        )
    last = max(days)
    if period.first <= last <= period.last:
        return f"{told}; another did: `--pipeline batch_inference` scores with this one"
    return f"{told}; scored last was {last}: give --as-of {last}, or a longer --window"
