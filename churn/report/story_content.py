"""What the page of a whole story tells, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from churn.report.blocks import Tone


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One thing that happened.

    Parameters
    ----------
    outcome : str
        What came of it, in two or three words.
    tone : Tone
        Whether that is how it should be; ``unsure`` where something was found.
    links : tuple of label and address
        Reports of this chapter, relative to the page.
    seconds : float
        How long it took to happen.
    """

    title: str
    day: date | None
    outcome: str
    tone: Tone
    sentence: str
    detail: str
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Second:
    """What was answered in one second, by version; ``n_lost`` got no answer."""

    second: int
    answered: Mapping[str, int]
    n_lost: int


@dataclass(frozen=True)
class Moment:
    """Something that happened while customers asked, in seconds since they began."""

    second: float
    label: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Answered:
    """All that customers were answered; times count from when they asked.

    Parameters
    ----------
    switches : tuple of Moment
        What the ledger says happened meanwhile.
    """

    n: int
    n_lost: int
    median_ms: float | None
    p99_ms: float | None
    by_version: Mapping[str, int]
    seconds: tuple[Second, ...]
    switches: tuple[Moment, ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    """All that happened.

    Parameters
    ----------
    promises : tuple of sentence and whether it was kept
        What the story set out to show.
    """

    told_at: datetime
    business: str
    model: str
    chapters: tuple[Chapter, ...]
    answered: Answered
    promises: tuple[tuple[str, bool], ...]
    n_events: int
    seconds: float
    commands: tuple[tuple[str, str], ...]
