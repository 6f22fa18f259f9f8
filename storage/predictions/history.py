"""What was answered, as frames: the one place where monitoring reads."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]

from storage.delta import Filters, open_table, rows_of, told
from storage.predictions.compact import WAY_OUT
from storage.predictions.tables import (
    AT,
    DAY,
    FEEDBACK,
    LINE,
    PREDICTIONS,
    QUARANTINE,
    SCHEMAS,
    SEGMENT,
    SHADOW,
    VALUES,
)


def predictions(url: str, model: str, *, since: datetime) -> pl.DataFrame:
    """Answers from a moment on (UTC), the oldest first; ``values`` is JSON.

    Raises
    ------
    TableError
        If the table cannot be read; there being none yet is no error.
    """
    return _rows(f"{url}/{model}/{PREDICTIONS}", PREDICTIONS, since)


def shadow(url: str, model: str, *, since: datetime) -> pl.DataFrame:
    """What challengers would have answered, each row once by each version.

    One that was scored again after its process was killed counts as it was first.

    Raises
    ------
    TableError
    """
    rows = _rows(f"{url}/{model}/{SHADOW}", SHADOW, since)
    once = ["request_id", "row", "version"]
    return rows.unique(once, keep="first", maintain_order=True)


def feedback(url: str, model: str, *, since: datetime) -> pl.DataFrame:
    """What became known of answers after they were given.

    Raises
    ------
    TableError
    """
    return _rows(f"{url}/{model}/{FEEDBACK}", FEEDBACK, since)


def logged_days(url: str, model: str) -> tuple[date, ...]:
    """The days on which segments with answers were begun, the oldest first.

    Raises
    ------
    TableError
    """
    place = f"{url}/{model}/{PREDICTIONS}"
    existing = open_table(place, WAY_OUT)
    if existing is None:
        return ()
    with told(place, WAY_OUT):
        actions = pa.table(existing.get_add_actions(flatten=True))
    return tuple(sorted(set(actions[f"partition.{DAY}"].to_pylist())))


def logged_on(url: str, model: str, day: date, columns: Sequence[str]) -> pl.DataFrame:
    """Some columns of the answers in segments begun on a day, the oldest first.

    Raises
    ------
    TableError
    """
    place = f"{url}/{model}/{PREDICTIONS}"
    names = list(dict.fromkeys([*columns, AT, SEGMENT, LINE]))
    return _found(place, PREDICTIONS, names, [(DAY, "=", day)]).sort(AT, SEGMENT, LINE)


def bad_lines(url: str, model: str, *, since: date) -> pl.DataFrame:
    """Lines that are no record, such as of a segment cut in half: ``day, reason``.

    Raises
    ------
    TableError
    """
    place = f"{url}/{model}/{QUARANTINE}"
    rows = _found(place, QUARANTINE, [DAY, "reason"], [(DAY, ">=", since)])
    return rows.sort(DAY, "reason")


def with_values(rows: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The same rows with a column a feature in place of ``values``.

    A feature that a row was sent without, or with a value of another type, is null;
    others than those asked for are left out.
    """
    # Read as text first: where a type does not fit, the library quotes the value.
    text = pl.Struct(dict.fromkeys(schema, pl.String()))
    told = rows.with_columns(pl.col(VALUES).str.json_decode(text)).unnest(VALUES)
    return told.with_columns(_typed(name, dtype) for name, dtype in schema.items())


def _typed(name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if dtype == pl.String:
        return value
    if dtype == pl.Boolean:
        return pl.when(value.is_in(["true", "false"])).then(value == "true").alias(name)
    # A whole number may be written 4 or 4.0.
    return value.cast(pl.Float64, strict=False).cast(dtype, strict=False)


def _rows(url: str, table: str, since: datetime) -> pl.DataFrame:
    rows = _found(url, table, list(SCHEMAS[table]), [(AT, ">=", since)])
    return rows.sort(AT, SEGMENT, LINE)


def _found(
    url: str, table: str, columns: Sequence[str], among: Filters
) -> pl.DataFrame:
    schema = pl.Schema({name: SCHEMAS[table][name] for name in columns})
    existing = open_table(url, WAY_OUT)
    if existing is None:
        return schema.to_frame()
    with told(url, WAY_OUT):
        rows = rows_of(existing, schema.names(), among)
    return rows.cast(schema)
