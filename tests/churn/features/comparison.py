"""Histories through an engine and through the oracle, and where they differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from churn.dataset import RawTable
from churn.features.build import build_features
from churn.features.declarations import Feature
from churn.features.engine import DUCKDB, Engine
from tests.churn.features.histories import (
    History,
    Row,
    history,
    in_one_query,
    instant,
    replayed,
    seeded,
)
from tests.churn.features.oracle import Oracle
from tests.every_kind import FEATURES, PREDICATES, TABLES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Choices = list[int]


@dataclass(frozen=True)
class Difference:
    """One value that an engine has and the oracle has not."""

    case: int
    customer: str
    snapshot_date: date
    feature: str
    found: object
    expected: object


@dataclass(frozen=True)
class Comparison:
    """How many values were held against each other, and those that differ."""

    n_cases: int
    n_values: int
    differences: tuple[Difference, ...]

    def cases(self) -> set[int]:
        """The numbers of the histories that differ somewhere."""
        return {difference.case for difference in self.differences}


def compare(
    cases: Sequence[History],
    *,
    engine: Engine = DUCKDB,
    features: Sequence[Feature] = FEATURES,
    shuffle_seed: int = 0,
) -> Comparison:
    """Every value of every snapshot of some histories, to the bit, in one query."""
    frames, spine = in_one_query(cases, shuffle_seed=shuffle_seed)
    built = build_features(features, TABLES, frames, spine, engine=engine)
    assert built.select(spine.columns).equals(spine)
    oracle = Oracle(features, TABLES, PREDICATES)
    asked = [(n, c, d) for n, case in enumerate(cases) for c, d in case.spine]
    expected = [oracle.row(cases[n].rows, c, instant(d)) for n, c, d in asked]
    differences = tuple(
        Difference(*asked[k], name, found, wanted)
        for name in (*oracle.named, *(f"{f.name}__expires_at" for f in oracle.ageing))
        for k, found, wanted in differing(built[name], [e[name] for e in expected])
    )
    n_values = (built.width - spine.width) * len(spine)
    return Comparison(len(cases), n_values, differences)


def differing(
    column: pl.Series, expected: list[object]
) -> list[tuple[int, object, object]]:
    """Places at which a column is not what was expected; ``repr`` tells every bit."""
    is_moment = isinstance(column.dtype, pl.Datetime)
    found = (column.dt.epoch("us") if is_moment else column).to_list()
    pairs = zip(map(repr, found), map(repr, expected), strict=True)
    return [(k, found[k], expected[k]) for k, (a, b) in enumerate(pairs) if a != b]


def generated(seed: int, numbers: range) -> list[History]:
    """The histories of those numbers; each is made of the seed and its number."""
    return [history(seeded(f"{seed}/{number}")) for number in numbers]


def smallest(seed: int, number: int, *, engine: Engine = DUCKDB) -> str:
    """A generated history that differs, made as small as it goes while it differs."""
    choices = choices_of(seed, number)

    def wrong(candidates: list[Choices]) -> set[int]:
        cases = [history(replayed(candidate)) for candidate in candidates]
        return compare(cases, engine=engine).cases()

    if wrong([choices]):
        choices = shrunk(choices, wrong)
    return described(history(replayed(choices)), engine=engine)


def shrunk(choices: Choices, wrong: Callable[[list[Choices]], set[int]]) -> Choices:
    """Fewer choices, then plainer ones, until none of the next are wrong too."""
    while True:
        candidates = plainer(choices)
        failing = [candidates[n] for n in wrong(candidates)]
        if not failing:
            return choices
        choices = min(failing, key=lambda candidate: (len(candidate), candidate))


def plainer(choices: Choices) -> list[Choices]:
    """The same without a stretch, or with one choice lower."""
    shorter = [
        choices[:start] + choices[start + size :]
        for size in (1, 2, 3, 4, 5, 8, 16)
        for start in range(len(choices) - size + 1)
    ]
    lower = [
        [*choices[:place], value, *choices[place + 1 :]]
        for place, choice in enumerate(choices)
        for value in {0, choice // 2, choice - 1} - {choice, -1}
    ]
    return shorter + lower


def choices_of(seed: int, number: int) -> Choices:
    """The choices a generated history was made of."""
    choices: Choices = []
    pick = seeded(f"{seed}/{number}")

    def recorded(n: int) -> int:
        choices.append(pick(n))
        return choices[-1]

    history(recorded)
    return choices


def described(case: History, *, engine: Engine = DUCKDB) -> str:
    """A history as text: its rows, its snapshots and what differs."""
    lines = [
        f"{table}: {readable(row, TABLES[table])}"
        for table, rows in case.rows.items()
        for row in rows
    ]
    lines += [
        f"{d.customer} on {d.snapshot_date}: {d.feature} is {d.found!r}, "
        f"expected is {d.expected!r}"
        for d in compare([case], engine=engine).differences
    ]
    return "\n".join(lines)


def readable(row: Row, table: RawTable) -> str:
    """The words of a row, its times as people write them."""
    times = (table.event_time, table.known_at)
    told = {n: moment(v) if n in times else repr(v) for n, v in row.items()}
    return ", ".join(f"{name}={text}" for name, text in told.items())


def moment(microseconds: int) -> str:
    return (EPOCH + timedelta(microseconds=microseconds)).isoformat()
