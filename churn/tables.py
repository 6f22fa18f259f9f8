"""The tables of one source, as they travel between steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import polars as pl

from churn.dataset import RawTable
from churn.errors import NotEnoughDataError

# All rows of a source anew, or only those that were not landed before.
Load = Literal["full", "incremental"]


@dataclass(frozen=True)
class Tables:
    """Frames by table name, and where they were read, without any password."""

    frames: Mapping[str, pl.DataFrame]
    source: str


def among(declared: Mapping[str, RawTable], tables: Tables) -> Mapping[str, RawTable]:
    """The declarations of what was read: all, or none where there is no source."""
    return declared if tables.frames else {}


def latest_known(
    declared: Mapping[str, RawTable], frames: Mapping[str, pl.DataFrame]
) -> datetime | None:
    """The largest ``known_at`` in the frames; None where no table has times."""
    known = {name: table.known() for name, table in declared.items()}
    moments = [
        frames[name].select(moment.max()).item()
        for name, moment in known.items()
        if moment is not None
    ]
    return max((m.astimezone(UTC) for m in moments if m is not None), default=None)


def resolve_as_of(
    asked: str | None,
    declared: Mapping[str, RawTable],
    frames: Mapping[str, pl.DataFrame],
) -> datetime:
    """The moment to pretend it is: the date asked for, else all that is known.

    Parameters
    ----------
    asked : str or None
        ``YYYY-MM-DD``; its end, 24:00 UTC, so that the day itself is known.

    Raises
    ------
    NotEnoughDataError
        If nothing was asked for and no table has times, or if the date lies after
        all that the source knows: labels of that time cannot be had.
    """
    known = latest_known(declared, frames)
    if asked is not None:
        day = date.fromisoformat(asked)
        if known is not None and day > known.date():
            msg = (
                f"--as-of {day}, but the source knows nothing after {known:%Y-%m-%d}: "
                "who leaves later would be taken for loyal; give an earlier date"
            )
            raise NotEnoughDataError(msg)
        return datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=1)
    if known is None:
        msg = "no table holds a time, so as_of cannot be derived; give --as-of DATE"
        raise NotEnoughDataError(msg)
    return known
