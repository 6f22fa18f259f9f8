"""The last event that counts at T, as SQL: attributes and last values.

A row matters for the last event only from ``from_us`` on, and only if no row
visible by then is later. Those rows, the *records*, follow one another in time,
so one search per snapshot finds the one in force, however long the history is.
That holds while corrections leave an event's time, customer and condition as
they were or move the time forward. Customers with any other correction are
*entangled*: all their rows are looked at for each of their snapshots.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from churn.dataset import RawTable
from churn.features.declarations import Attribute, Windowed
from churn.features.history import (
    DAY_US,
    Parts,
    counts_at,
    in_order,
    settling,
    versions,
)
from churn.features.quoting import quote

# A row replaced the moment it becomes visible never counts.
EVER_COUNTS = "(until_us IS NULL OR until_us > from_us)"

FromLast = Windowed | Attribute


@dataclass(frozen=True)
class Last:
    """The features that are read from the same last event of a table."""

    name: str
    source: str
    table: RawTable
    where: str | None
    features: tuple[FromLast, ...]

    def part(self, kind: str) -> str:
        """Name of one of its own subqueries."""
        return f"{self.name}__{kind}"

    @property
    def history(self) -> str:
        """The subquery with all rows and when each counts."""
        return quote(f"{self.source}__history")

    @property
    def replaced(self) -> str:
        """The subquery with the rows of events that have several."""
        return quote(f"{self.source}__replaced")

    @property
    def columns(self) -> list[str]:
        """The columns whose values are read, once each."""
        return sorted({str(feature.column) for feature in self.features})


def last_parts(last: Last, *, dialect: str) -> Parts:
    """Named subqueries, the last of which has a row per snapshot with an event."""
    parts = [
        (last.part("records"), _records_sql(last)),
        (last.part("calm"), _in_force_sql(last, dialect)),
    ]
    if last.table.event_id is None:
        return [*parts, (last.name, _values_sql(last, "calm"))]
    return [
        (last.part("entangled"), _entangled_sql(last)),
        *parts,
        (last.part("any"), _any_history_sql(last)),
        (last.name, f"{_calm_sql(last)} UNION ALL {_values_sql(last, 'any')}"),
    ]


def _calm_sql(last: Last) -> str:
    entangled = quote(last.part("entangled"))
    same = f"SELECT 1 FROM {entangled} AS x WHERE x.customer_id = r.customer_id"
    return f"{_values_sql(last, 'calm')} WHERE NOT EXISTS ({same})"


def _values_sql(last: Last, part: str) -> str:
    listing = ", ".join(sql for feature in last.features for sql in _value(feature))
    return f"SELECT row_id, {listing} FROM {quote(last.part(part))} AS r"


def _condition(last: Last) -> str:
    return f"({last.where})" if last.where else "TRUE"


def _read(last: Last) -> str:
    return "".join(f", {quote(column)}" for column in last.columns)


def _records_sql(last: Last) -> str:
    """Rows that are the latest event of all visible when they become visible."""
    order = f"from_us, event_us, known_us{in_order(settling(last.table))}"
    ever = "" if last.table.event_id is None else f"AND {EVER_COUNTS}"
    window = f"(PARTITION BY customer_id ORDER BY {order})"
    return f"""
        SELECT customer_id, from_us, event_us{_read(last)}
        FROM (
            SELECT customer_id, from_us, event_us{_read(last)},
                MAX(event_us) OVER {window} AS latest_us,
                LEAD(from_us) OVER {window} AS following_us
            FROM {last.history} WHERE {_condition(last)} {ever}
        ) AS seen
        WHERE event_us = latest_us
            AND (following_us IS NULL OR following_us > from_us)"""


def _in_force_sql(last: Last, dialect: str) -> str:
    """The record in force at each snapshot; DuckDB has a join made for it."""
    chosen = "SELECT s.row_id, s.snapshot_us, r.* FROM spine AS s"
    same = "s.customer_id = r.customer_id AND s.snapshot_us >= r.from_us"
    records = quote(last.part("records"))
    if dialect == "duckdb":
        return f"{chosen} ASOF JOIN {records} AS r ON {same}"
    following = "LEAD(from_us) OVER (PARTITION BY customer_id ORDER BY from_us)"
    return f"""
        {chosen} JOIN (SELECT *, {following} AS next_us FROM {records}) AS r
        ON {same} AND (r.next_us IS NULL OR s.snapshot_us < r.next_us)"""


def _entangled_sql(last: Last) -> str:
    """Customers of events that a correction moved back, moved away or took out."""
    condition, window = _condition(last), f"({versions(last.table)})"
    return f"""
        SELECT customer_id FROM (
            SELECT customer_id, event_us, COALESCE({condition}, FALSE) AS holds,
                LEAD(event_us) OVER {window} AS next_event_us,
                LEAD(customer_id) OVER {window} AS next_customer,
                LEAD(COALESCE({condition}, FALSE)) OVER {window} AS next_holds
            FROM {last.replaced}
        ) AS versions
        WHERE next_event_us IS NOT NULL AND holds AND (
            next_event_us < event_us
            OR next_customer IS DISTINCT FROM customer_id OR NOT next_holds)
        GROUP BY customer_id"""


def _any_history_sql(last: Last) -> str:
    """The last event of each snapshot, among all rows of entangled customers."""
    entangled = quote(last.part("entangled"))
    keys = ["event_us", "known_us", *map(quote, settling(last.table))]
    order = ", ".join(f"{key} DESC NULLS LAST" for key in keys)
    counts = counts_at(last.table, "e", "s.snapshot_us")
    return f"""
        SELECT * FROM (
            SELECT *,
                ROW_NUMBER() OVER (PARTITION BY row_id ORDER BY {order}) AS nearness
            FROM (
                SELECT s.row_id, s.snapshot_us, e.* FROM spine AS s
                JOIN {last.history} AS e ON e.customer_id = s.customer_id AND {counts}
                WHERE {_condition(last)}
                    AND s.customer_id IN (SELECT customer_id FROM {entangled})
            ) AS counted
        ) AS ranked WHERE nearness = 1"""


def _value(feature: FromLast) -> Iterable[str]:
    name = quote(feature.name)
    value = quote(str(feature.column))
    if isinstance(feature, Windowed) and feature.window_days is not None:
        start = f"snapshot_us - {feature.window_days * DAY_US}"
        value = f"CASE WHEN event_us > {start} THEN {value} END"
    yield f"{value} AS {name}"
    if isinstance(feature, Attribute) and feature.ttl_days is not None:
        expires = f"event_us + {feature.ttl_days * DAY_US}"
        yield f"{expires} AS {quote(expiry(feature.name))}"


def expiry(name: str) -> str:
    """Name of the working column with the instant until which a value counts."""
    return f"{name}__expires_us"
