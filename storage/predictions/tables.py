"""The tables that records are kept in: their columns, and rows made of segments."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import polars as pl

from storage.predictions.record import (
    BadLineError,
    Feedback,
    Prediction,
    Record,
    ShadowScore,
    decode,
)

PREDICTIONS, SHADOW, FEEDBACK = "predictions", "shadow", "feedback"
QUARANTINE = "quarantine"
INSTANT = pl.Datetime("us", "UTC")
SEGMENT, LINE, DAY, AT, VALUES = "segment", "line", "day", "at", "values"
DAY_CHARACTERS = 8

ORIGIN = {SEGMENT: pl.String(), LINE: pl.Int32(), DAY: pl.Date()}
REQUEST = {AT: INSTANT, "request_id": pl.String(), "customer": pl.String()}
SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    PREDICTIONS: {
        **ORIGIN,
        **REQUEST,
        "row": pl.Int32(),
        "snapshot_date": pl.Date(),
        "customer_value": pl.Float64(),
        VALUES: pl.String(),
        "probability": pl.Float64(),
        "is_contacted": pl.Boolean(),
        "version": pl.String(),
        "sequence": pl.Int64(),
        "arm": pl.String(),
        "failed": pl.String(),
        "latency_us": pl.Int64(),
        "warnings": pl.List(pl.String()),
    },
    SHADOW: {
        **ORIGIN,
        **REQUEST,
        "row": pl.Int32(),
        "sequence": pl.Int64(),
        "version": pl.String(),
        "probability": pl.Float64(),
        "is_contacted": pl.Boolean(),
        "latency_us": pl.Int64(),
        "failed": pl.String(),
        "champion_version": pl.String(),
        "champion_probability": pl.Float64(),
        "champion_contacted": pl.Boolean(),
    },
    FEEDBACK: {
        **ORIGIN,
        **REQUEST,
        "truth": pl.Float64(),
        "reward": pl.Float64(),
    },
    QUARANTINE: {**ORIGIN, "reason": pl.String(), "content": pl.Binary()},
}


class BadLine(NamedTuple):
    """A line that is no record, and why."""

    reason: str
    content: bytes


class Line(NamedTuple):
    """Where a line stands, and what it says."""

    segment: str
    number: int
    said: Record | BadLine


TABLE_OF: Mapping[type, str] = {
    Prediction: PREDICTIONS,
    ShadowScore: SHADOW,
    Feedback: FEEDBACK,
    BadLine: QUARANTINE,
}


def lines_of(segment: str, content: bytes) -> dict[str, list[Line]]:
    """The lines of a segment by the table they belong in."""
    found: dict[str, list[Line]] = {table: [] for table in SCHEMAS}
    lines = content.split(b"\n")
    for number, text in enumerate(lines if lines[-1] else lines[:-1]):
        try:
            said: Record | BadLine = decode(text)
        except BadLineError as error:
            said = BadLine(str(error), text)
        found[TABLE_OF[type(said)]].append(Line(segment, number, said))
    return found


def frame_of(table: str, lines: Sequence[Line]) -> pl.DataFrame:
    """The lines as rows of their table."""
    cells = {name: _cells(name, lines) for name in SCHEMAS[table]}
    return pl.DataFrame(cells, schema=SCHEMAS[table])


def _cells(name: str, lines: Sequence[Line]) -> Any:
    if name == SEGMENT:
        return [line.segment for line in lines]
    if name == LINE:
        return [line.number for line in lines]
    if name == DAY:
        # Of the segment: a bad line tells none of its own.
        days = pl.Series([line.segment[:DAY_CHARACTERS] for line in lines])
        return days.str.to_date("%Y%m%d")
    if name == AT:
        return pl.Series([line.said.at_us for line in lines]).cast(INSTANT)  # type: ignore[union-attr]
    if name == VALUES:
        return [_told(line.said.values) for line in lines]  # type: ignore[union-attr]
    return [getattr(line.said, name) for line in lines]


def _told(values: Mapping[str, Any]) -> str:
    """Values as JSON; one that is null is left out, as one that was not sent."""
    told = {name: value for name, value in values.items() if value is not None}
    return msgspec.json.encode(told).decode()
