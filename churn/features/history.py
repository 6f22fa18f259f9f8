"""The point-in-time rule as SQL: which row counts at T. The only place it stands.

A row with ``event_us`` and ``known_us`` is visible from ``from_us``, the later of
the two, until ``until_us``, when a row known later about the same event becomes
visible too. It counts at T if ``from_us <= T`` and ``T < until_us``.
"""

from collections.abc import Sequence

from churn.dataset import RawTable
from churn.features.quoting import quote

CUSTOMER = "customer_id"
# Names the queries give; a raw table must not use them.
RESERVED = frozenset(
    [
        "row_id",
        "snapshot_us",
        "event_us",
        "known_us",
        "from_us",
        "until_us",
        "latest_us",
        "following_us",
        "next_us",
        "next_event_us",
        "next_customer",
        "next_holds",
        "holds",
        "nearness",
        "copy",
    ]
)
Parts = list[tuple[str, str]]

DAY_US = 86_400_000_000
FROM_US = "GREATEST(event_us, known_us)"


def history_parts(name: str, table: RawTable) -> Parts:
    """Named subqueries, the last with the raw table's rows and when each counts.

    Rows of events with a single row, nearly all, are spared the search for the
    next version.
    """
    history, rows = f"{name}__history", quote(name)
    if table.event_id is None:
        return [(history, f"SELECT *, {FROM_US} AS from_us FROM {rows}")]
    key, several = quote(table.event_id), f"{name}__several"
    is_several = f"SELECT 1 FROM {quote(several)} AS x WHERE x.{key} = r.{key}"
    replaced = f"""
        SELECT *, {FROM_US} AS from_us, MIN({FROM_US}) OVER (
            {versions(table)} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS until_us FROM {rows} AS r WHERE EXISTS ({is_several})"""
    single = f"""
        SELECT *, {FROM_US} AS from_us, CAST(NULL AS BIGINT) AS until_us
        FROM {rows} AS r WHERE NOT EXISTS ({is_several})"""
    return [
        (several, f"SELECT {key} FROM {rows} GROUP BY {key} HAVING COUNT(*) > 1"),
        (f"{name}__replaced", replaced),
        (history, f"{single} UNION ALL SELECT * FROM {quote(f'{name}__replaced')}"),
    ]


def counts_at(table: RawTable, row: str, moment: str) -> str:
    """The condition that a row of the history counts at a moment."""
    visible = f"{row}.from_us <= {moment}"
    if table.event_id is None:
        return visible
    return f"{visible} AND ({row}.until_us IS NULL OR {row}.until_us > {moment})"


def in_window(row: str, moment: str, days: int) -> str:
    """The condition that an event that counts lies in the window's days."""
    return f"{row}.event_us > {moment} - {days * DAY_US}"


def in_order(columns: Sequence[str]) -> str:
    """The order of rows by their values, null lowest; never by where they stand."""
    return "".join(f", {quote(column)} ASC NULLS FIRST" for column in columns)


def settling(table: RawTable) -> list[str]:
    """The columns that tell a customer's rows of equal times apart."""
    columns = table.schema.column_names()
    if table.event_id is not None:
        # Of the rows about one event one counts, so that its id tells them apart.
        columns = columns[: columns.index(table.event_id) + 1]
    return [c for c in columns if c not in (CUSTOMER, table.event_time, table.known_at)]


def versions(table: RawTable) -> str:
    """The window of the rows about one event, the one known last at its end."""
    order = f"known_us, event_us{in_order(table.schema.column_names())}"
    return f"PARTITION BY {quote(str(table.event_id))} ORDER BY {order}"
