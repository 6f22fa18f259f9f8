"""Aggregates of the events that count at T, as SQL over a table's history."""

from collections.abc import Sequence

from churn.dataset import RawTable
from churn.errors import DeclarationError
from churn.features.declarations import Age, Recency, Share, Windowed
from churn.features.history import counts_at, in_window
from churn.features.quoting import quote

Aggregated = Windowed | Share | Recency | Age


def window_days(feature: Aggregated) -> int | None:
    """Length of the window; None where all events by T take part."""
    return feature.window_days if isinstance(feature, Windowed | Share) else None


def aggregates_sql(
    history: str, table: RawTable, features: Sequence[Aggregated], days: int | None
) -> str:
    """A row per snapshot with events; ``days`` holds the longest of the windows.

    Raises
    ------
    DeclarationError
        If a feature sums a column that is not an integer.
    """
    values = ", ".join(f"{_value(f, table)} AS {quote(f.name)}" for f in features)
    near = "" if days is None else f"AND {in_window('e', 's.snapshot_us', days)}"
    counts = counts_at(table, "e", "s.snapshot_us")
    return f"""
        SELECT s.row_id, {values} FROM spine AS s
        JOIN {history} AS e ON e.customer_id = s.customer_id AND {counts} {near}
        GROUP BY s.row_id"""


def _value(feature: Aggregated, table: RawTable) -> str:
    if isinstance(feature, Age):
        return "MIN(e.event_us)"
    if isinstance(feature, Recency):
        return f"MAX(e.event_us) {_filter(feature.where, None)}"
    counted = _filter(feature.where, feature.window_days)
    if isinstance(feature, Share):
        held = _filter(feature.where, feature.window_days, feature.condition)
        return f"CAST(COUNT(*) {held} AS DOUBLE) / NULLIF(COUNT(*) {counted}, 0)"
    if feature.aggregate == "count":
        return f"COUNT(*) {counted}"
    return _column_value(feature, table, counted)


def _column_value(feature: Windowed, table: RawTable, counted: str) -> str:
    column = f"e.{quote(str(feature.column))}"
    if feature.aggregate == "distinct":
        return f"COUNT(DISTINCT {column}) {counted}"
    if feature.aggregate in ("min", "max"):
        return f"{feature.aggregate.upper()}({column}) {counted}"
    _require_integer(feature, table)
    total = f"CAST(SUM({column}) {counted} AS BIGINT)"
    if feature.aggregate == "sum":
        return total
    return f"CAST({total} AS DOUBLE) / NULLIF(COUNT({column}) {counted}, 0)"


def _require_integer(feature: Windowed, table: RawTable) -> None:
    dtype = table.schema.columns()[str(feature.column)].dtype
    if not dtype.is_integer():
        msg = (
            f"feature {feature.name!r} sums {feature.column!r} of type {dtype}; "
            "sums need integers (cents, seconds), or results change with row order"
        )
        raise DeclarationError(msg)


def _filter(where: str | None, days: int | None, condition: str | None = None) -> str:
    conditions = [f"({sql})" for sql in (where, condition) if sql]
    if days is not None:
        conditions.append(in_window("e", "s.snapshot_us", days))
    return f"FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
