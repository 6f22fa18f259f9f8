"""Histories of one customer, made of choices, and hundreds of them in one query.

``history(pick)`` spells a history out of choices alone: ``pick(n)`` is a number
below n, and 0 always the plainest. A seeded generator makes millions of them;
Hypothesis picks too, and shrinks; a list of recorded choices plays one again.
Instants are few and sit on edges, so that ties and boundaries are the rule.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl
from hypothesis import strategies as st

from churn.dataset import RawTable
from tests.every_kind import TABLES

Pick = Callable[[int], int]
Row = dict[str, Any]

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US

# A leap day and those around it, clock changes in London and New York, the turn of
# a year, a leap year's end, and a day before 1970, when instants are negative.
DAYS = (
    date(2024, 2, 1),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2025, 2, 28),
    date(2024, 3, 31),
    date(2024, 4, 1),
    date(2024, 10, 27),
    date(2024, 10, 28),
    date(2024, 11, 3),
    date(2024, 11, 4),
    date(2024, 1, 1),
    date(1969, 12, 31),
)
# Snapshot dates of one history: from one to the next, windows and lives run out.
STEPS_DAYS = (0, 1, 7, 30, -1, -7)

EDGES_DAYS = (0, -7, -30, -1, 1, -6, -8, -29, -31, -60)
# One o'clock UTC: London's clocks change; six: New York's; minus one: visits' delay.
EDGES_HOURS = (0, 0, 0, -1, 1, 6, 7, -23)
EDGES_US = (0, 1, -1)

CUSTOMERS = ("a", "b", "я")
UNKNOWN = "nobody"
TEXTS = (
    "web",
    None,
    "",
    "Web",
    "café",
    "cafe\u0301",
    "магазин",
    "متجر",
    "店",
    "ﬀ",
    "🛒",
)
# No double holds these; nor, times both windows of a slope, does their sum overflow.
CENTS = (0, None, 1, -1, 100, 7, -300, 2**53 + 1, -(2**53) - 3)
SCORES = (0.0, None, 0.1, -0.0, -1.5, 1e308, 5e-324, -1e-9)
FLAGS = (False, None, True)
# Four of the largest, and no more are drawn, are just below 2**63.
SECONDS = (
    0,
    None,
    59,
    60,
    61,
    86_400,
    2**61 - 1,
    2**60 + 65,
    -(2**61) + 1,
    -(2**60) - 191,
)
ROWS_OF_A_PERSON = (0, 0, 0, 1, 1, 1, 1, 2)
SEATS = (1, None, 0, 3, -2)


@dataclass(frozen=True)
class History:
    """Rows by table, times in microseconds; and the snapshots that are asked for."""

    rows: Mapping[str, Sequence[Row]]
    spine: Sequence[tuple[str, date]]


def instant(day: date) -> int:
    """00:00 UTC of a date in microseconds since 1970."""
    since = datetime.combine(day, time(), tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * DAY_US


def history(pick: Pick) -> History:
    """One customer's history: any tables, any rows, a few instants."""
    day = DAYS[pick(len(DAYS))]
    clock = [moment(pick, day) for _ in range(1 + pick(5))]
    rows = {
        "orders": grown(pick, pick(8), lambda: order(pick, clock), clock),
        "visits": grown(pick, pick(5), lambda: visit(pick, clock), clock),
        "plans": grown(pick, pick(5), lambda: booking(pick, clock), clock),
        "people": people(pick),
    }
    return History(rows, spine(pick, day))


def moment(pick: Pick, day: date) -> int:
    """An instant on, or a microsecond beside, some edge seen from a date."""
    days = EDGES_DAYS[pick(len(EDGES_DAYS))]
    hours = EDGES_HOURS[pick(len(EDGES_HOURS))]
    return instant(day) + days * DAY_US + hours * HOUR_US + EDGES_US[pick(3)]


def grown(
    pick: Pick, n_rows: int, fresh: Callable[[], Row], clock: Sequence[int]
) -> list[Row]:
    """Rows, many of them an earlier one again or with a few words changed."""
    rows: list[Row] = []
    for _ in range(n_rows):
        row = fresh()
        if rows and pick(2):
            changed = (
                set(row) if pick(4) == 3 else {name for name in row if not pick(3)}
            )
            earlier = rows[pick(len(rows))]
            row = earlier | {
                n: v for n, v in row.items() if n in changed - {"event_id"}
            }
        rows.append(row)
    return rows


def order(pick: Pick, clock: Sequence[int]) -> Row:
    return {
        "event_id": pick(4),
        "known_at": clock[pick(len(clock))],
        "event_time": clock[pick(len(clock))],
        "customer_id": customer(pick) if pick(16) != 15 else None,
        "cents": CENTS[pick(len(CENTS))],
        "shop": TEXTS[pick(len(TEXTS))],
        "is_web": FLAGS[pick(3)],
        "score": SCORES[pick(len(SCORES))],
    }


def visit(pick: Pick, clock: Sequence[int]) -> Row:
    return {
        "customer_id": customer(pick),
        "page": TEXTS[pick(len(TEXTS))],
        "seconds": SECONDS[pick(len(SECONDS))],
        "visited_at": clock[pick(len(clock))],
    }


def booking(pick: Pick, clock: Sequence[int]) -> Row:
    return {
        "since": clock[pick(len(clock))],
        "recorded_at": clock[pick(len(clock))],
        "customer_id": customer(pick),
        "plan": TEXTS[pick(len(TEXTS))],
        "price_cents": CENTS[pick(len(CENTS))],
    }


def customer(pick: Pick) -> str:
    """Mostly the one customer, for most histories have one."""
    return CUSTOMERS[max(0, pick(6) - 3)]


def people(pick: Pick) -> list[Row]:
    return [
        {
            "customer_id": name,
            "country": TEXTS[pick(len(TEXTS))],
            "seats": SEATS[pick(len(SEATS))],
            "is_staff": FLAGS[pick(3)],
        }
        for name in CUSTOMERS
        for _ in range(ROWS_OF_A_PERSON[pick(8)])
    ]


def spine(pick: Pick, day: date) -> list[tuple[str, date]]:
    """Up to four snapshots; twice the same, and of customers nobody knows, too."""
    asked = []
    for _ in range(1 + pick(4)):
        name = (*CUSTOMERS, UNKNOWN)[max(0, pick(7) - 3)]
        step = STEPS_DAYS[pick(len(STEPS_DAYS))]
        asked.append((name, date.fromordinal(day.toordinal() + step)))
    return asked


def seeded(seed: int | str) -> Pick:
    """Choices of a seeded generator."""
    draw = random.Random(seed).random  # noqa: S311 -- nothing is kept secret
    return lambda n: int(draw() * n)


def replayed(choices: Sequence[int]) -> Pick:
    """Recorded choices again; where they end or do not fit, the plainest."""
    left = iter(choices)
    return lambda n: min(next(left, 0), n - 1)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """The same histories, chosen by Hypothesis."""
    return history(lambda n: draw(st.integers(0, n - 1)))


def in_one_query(
    cases: Sequence[History], *, shuffle_seed: int
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The raw tables and the spine of many histories, each with customers of its own.

    Rows of all are shuffled; the spine is in the order of the cases.
    """
    frames = {
        name: frame(table, rows_of(cases, name)).sample(
            fraction=1.0, shuffle=True, seed=shuffle_seed
        )
        for name, table in TABLES.items()
    }
    asked = [(f"{n}{c}", d) for n, case in enumerate(cases) for c, d in case.spine]
    schema = {"customer_id": pl.String, "snapshot_date": pl.Date}
    return frames, pl.DataFrame(asked, schema=schema, orient="row")


def rows_of(cases: Sequence[History], table: str) -> Iterable[Row]:
    for number, case in enumerate(cases):
        for row in case.rows[table]:
            own = dict(row)
            if own["customer_id"] is not None:
                own["customer_id"] = f"{number}{own['customer_id']}"
            if "event_id" in own:
                own["event_id"] += 4 * number
            yield own


def frame(table: RawTable, rows: Iterable[Row]) -> pl.DataFrame:
    """Rows with times in microseconds, typed as the contract has them."""
    wanted = {name: column.dtype for name, column in table.schema.columns().items()}
    stored = {
        name: pl.Int64() if isinstance(dtype, pl.Datetime) else dtype
        for name, dtype in wanted.items()
    }
    rows = list(rows)
    columns = {name: [row[name] for row in rows] for name in wanted}
    times = [
        pl.from_epoch(name, time_unit="us")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(str(dtype.time_zone))
        for name, dtype in wanted.items()
        if isinstance(dtype, pl.Datetime)
    ]
    return pl.DataFrame(columns, schema=stored).with_columns(times)
