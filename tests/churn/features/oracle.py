"""What the features mean, worked out the slow way, in plain Python.

Written from the rules in ``churn/features/__init__.py`` and the docstrings of the
declarations alone; it shares no code with the compiler. Every question walks over
every row. Times are integer microseconds since 1970 UTC, rows are dictionaries.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from churn.dataset import RawTable
from churn.features.declarations import (
    Age,
    Attribute,
    Column,
    Difference,
    Feature,
    Ratio,
    Recency,
    Share,
    Slope,
    Windowed,
)

CUSTOMER = "customer_id"
DAY_US = 24 * 60 * 60 * 1_000_000

Row = dict[str, Any]
Value = int | float | str | None
Holds = Callable[[Row], bool]


@dataclass(frozen=True)
class Oracle:
    """Knows declarations, and of each condition what it asks of a row."""

    features: Sequence[Feature]
    tables: Mapping[str, RawTable]
    predicates: Mapping[str, Holds]

    def row(
        self, history: Mapping[str, Sequence[Row]], customer: str, at: int
    ) -> dict[str, Value]:
        """Every feature, and ``<name>__expires_at``, of a customer at an instant."""
        asked = Asked(self, history, customer, at)
        values = {name: asked.typed(name) for name in self.named}
        expiries = {f"{f.name}__expires_at": asked.expires_at(f) for f in self.ageing}
        return values | expiries

    @cached_property
    def named(self) -> dict[str, Feature]:
        """The features by name."""
        return {feature.name: feature for feature in self.features}

    @cached_property
    def ageing(self) -> list[Feature]:
        """The features whose values can grow too old."""
        return [feature for feature in self.features if self.lifetimes(feature)]

    def parts(self, feature: Feature) -> list[Feature]:
        """The features this one is made of."""
        match feature:
            case Ratio():
                names = [feature.numerator, feature.denominator]
            case Difference():
                names = [feature.minuend, feature.subtrahend]
            case Slope():
                names = [feature.recent, feature.whole]
            case _:
                names = []
        return [self.named[name] for name in names]

    def lifetimes(self, feature: Feature) -> list[int]:
        """The times to live, in days, of a feature and all it is made of."""
        own = getattr(feature, "ttl_days", None)
        inherited = [d for part in self.parts(feature) for d in self.lifetimes(part)]
        return inherited if own is None else [own]


def known_at(row: Row, table: RawTable) -> int:
    """When a row reached us."""
    if table.known_at is not None:
        return row[table.known_at]
    assert table.delay is not None
    microseconds = table.delay.days * DAY_US + table.delay.seconds * 1_000_000
    return row[table.event_time] + microseconds + table.delay.microseconds


def read(row: Row, column: str) -> Any:
    """What a row says; a zero has no sign."""
    value = row[column]
    return 0.0 if isinstance(value, float) and value == 0 else value


def contract_order(row: Row, table: RawTable) -> list[tuple[bool, Any]]:
    """What settles a tie: the contract's columns as declared, null lowest."""
    return [(row[c] is not None, row[c]) for c in table.schema.column_names()]


def events(rows: Iterable[Row], table: RawTable, at: int) -> list[Row]:
    """What had happened by T and was known by T; of each event, the last version."""
    visible = [
        row
        for row in rows
        if row[table.event_time] <= at and known_at(row, table) <= at
    ]
    if table.event_id is None:
        return visible
    counting = []
    for event in {row[table.event_id] for row in visible}:
        versions = [row for row in visible if row[table.event_id] == event]
        known = max(known_at(row, table) for row in versions)
        rivals = [row for row in versions if known_at(row, table) == known]
        counting.append(
            max(
                rivals,
                key=lambda row: (row[table.event_time], contract_order(row, table)),
            )
        )
    return counting


def last(rows: Sequence[Row], table: RawTable) -> Row | None:
    """The latest to have happened; of those, known last; then by the contract."""
    if len(rows) <= 1:
        return rows[0] if rows else None
    return max(
        rows,
        key=lambda row: (
            row[table.event_time],
            known_at(row, table),
            contract_order(row, table),
        ),
    )


@dataclass(frozen=True)
class Asked:
    """One customer at one instant."""

    oracle: Oracle
    history: Mapping[str, Sequence[Row]]
    customer: str
    at: int
    _events: dict[str, list[Row]] = field(default_factory=dict)
    _values: dict[str, Value] = field(default_factory=dict)

    def typed(self, name: str) -> Value:
        """The value as it is handed out: text for categories, truth as 0 or 1."""
        value = self.value(name)
        if value is None:
            return None
        if self.oracle.named[name].kind == "category":
            return str(value)
        return int(value) if isinstance(value, bool) else value

    def value(self, name: str) -> Value:
        """The value of a feature, worked out once."""
        if name not in self._values:
            self._values[name] = self._work_out(self.oracle.named[name])
        return self._values[name]

    def events(self, table: str) -> list[Row]:
        """The customer's events of a table."""
        if table not in self._events:
            raw = self.oracle.tables[table]
            counting = events(self.history[table], raw, self.at)
            own = [row for row in counting if row[CUSTOMER] == self.customer]
            self._events[table] = own
        return self._events[table]

    def happened(
        self, table: str, where: str | None, window_days: int | None = None
    ) -> list[Row]:
        """The customer's events in the window that fulfil a condition."""
        rows = self.events(table)
        if window_days is not None:
            time, start = self.oracle.tables[table].event_time, window_days * DAY_US
            rows = [row for row in rows if row[time] > self.at - start]
        if where is not None:
            holds = self.oracle.predicates[where]
            rows = [row for row in rows if holds(row)]
        return rows

    def expires_at(self, feature: Feature) -> int | None:
        """The last instant at which the last value seen counts."""
        if isinstance(feature, Attribute):
            if feature.ttl_days is None:
                return None
            raw = self.oracle.tables[feature.table]
            row = last(self.events(feature.table), raw)
            return row and row[raw.event_time] + feature.ttl_days * DAY_US
        ends = [self.expires_at(part) for part in self.oracle.parts(feature)]
        return min((end for end in ends if end is not None), default=None)

    def _work_out(self, feature: Feature) -> Value:
        ways: dict[type, Callable[[Any], Value]] = {
            Windowed: self._windowed,
            Share: self._share,
            Recency: self._recency,
            Age: self._age,
            Attribute: self._attribute,
            Column: self._column,
            Ratio: self._ratio,
            Difference: self._difference,
            Slope: self._slope,
        }
        return ways[type(feature)](feature)

    def _windowed(self, feature: Windowed) -> Value:
        rows = self.happened(feature.table, feature.where, feature.window_days)
        column = feature.column
        if column is None:
            assert feature.aggregate == "count"
            return len(rows)
        if feature.aggregate == "last":
            row = last(rows, self.oracle.tables[feature.table])
            return None if row is None else read(row, column)
        return aggregate(feature.aggregate, [read(row, column) for row in rows])

    def _share(self, feature: Share) -> float | None:
        rows = self.happened(feature.table, feature.where, feature.window_days)
        holds = self.oracle.predicates[feature.condition]
        return float(sum(map(holds, rows))) / len(rows) if rows else None

    def _recency(self, feature: Recency) -> float | None:
        return self._days_since(feature.table, feature.where, max)

    def _age(self, feature: Age) -> float | None:
        return self._days_since(feature.table, None, min)

    def _days_since(
        self, table: str, where: str | None, which: Callable[[list[int]], int]
    ) -> float | None:
        rows = self.happened(table, where)
        time = self.oracle.tables[table].event_time
        if not rows:
            return None
        return float(self.at - which([row[time] for row in rows])) / DAY_US

    def _attribute(self, feature: Attribute) -> Value:
        raw = self.oracle.tables[feature.table]
        row = last(self.events(feature.table), raw)
        if row is None:
            return None
        ttl = feature.ttl_days
        if ttl is not None and self.at - row[raw.event_time] > ttl * DAY_US:
            return None
        return read(row, feature.column)

    def _column(self, feature: Column) -> Value:
        assert feature.table is not None
        raw = self.oracle.tables[feature.table]
        own = [r for r in self.history[feature.table] if r[CUSTOMER] == self.customer]
        if not own:
            return None
        row = max(own, key=lambda row: contract_order(row, raw))
        return read(row, feature.column)

    def _ratio(self, feature: Ratio) -> float | None:
        top, bottom = self.value(feature.numerator), self.value(feature.denominator)
        if top is None or bottom is None or bottom == 0:
            return None
        return float(top) * feature.scale / float(bottom)

    def _difference(self, feature: Difference) -> float | None:
        left, right = self.value(feature.minuend), self.value(feature.subtrahend)
        if left is None or right is None:
            return None
        left, right = float(left), float(right)
        return left * feature.minuend_scale - right * feature.subtrahend_scale

    def _slope(self, feature: Slope) -> float:
        a = self.oracle.named[feature.recent].window_days
        b = self.oracle.named[feature.whole].window_days
        recent, whole = self.value(feature.recent), self.value(feature.whole)
        return float(2 * (b * recent - a * whole)) / float(a * b * (b - a))


def aggregate(name: str, column: list[Any]) -> Value:
    """An aggregate of the values that are there."""
    present = [value for value in column if value is not None]
    if name == "sum":
        return sum(present)
    if name == "distinct":
        return len(set(present))
    if not present:
        return None
    if name == "mean":
        return float(sum(present)) / len(present)
    return {"min": min, "max": max}[name](present)
