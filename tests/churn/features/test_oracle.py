"""The compiler against the oracle; ``python -m tests.proof`` asks for millions."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from churn.dataset import Label
from churn.snapshots import SnapshotPlan, label_snapshots, midnight
from tests.churn.features.comparison import (
    choices_of,
    compare,
    described,
    generated,
    shrunk,
)
from tests.churn.features.histories import (
    History,
    histories,
    history,
    in_one_query,
    instant,
    replayed,
)
from tests.churn.features.oracle import DAY_US, Oracle, events
from tests.every_kind import BUSINESS, EARNED, FEATURES, PREDICATES, TABLES

N_CASES, CASES_PER_QUERY = 20_000, 1_000


@pytest.mark.long
def test_20000_histories_have_the_oracles_values_to_the_bit():
    n_cases, n_values, differences = 0, 0, []

    for start in range(0, N_CASES, CASES_PER_QUERY):
        numbers = range(start, start + CASES_PER_QUERY)
        answer = compare(generated(20240229, numbers), shuffle_seed=start)
        n_cases += answer.n_cases
        n_values += answer.n_values
        differences += answer.differences

    assert n_cases == N_CASES
    assert n_values > 100 * N_CASES
    assert differences == []


@given(cases=st.lists(histories(), min_size=1, max_size=3))
@settings(
    max_examples=20, deadline=None, phases=[Phase.reuse, Phase.generate, Phase.shrink]
)
def test_hypothesis_finds_no_history_that_differs(cases: list[History]):
    assert compare(cases).differences == (), "\n".join(map(described, cases))


AS_OF = date(2024, 10, 28)
LABELS = SnapshotPlan(date(2024, 1, 1), 1, lead_time_days=1, horizon_days=6)


@pytest.mark.parametrize("outcome", ["occurs", "absent"])
def test_labels_follow_the_same_rules_as_known_at_as_of(outcome: str):
    label = Label(table="orders", where=EARNED, outcome=outcome)
    cases = generated(3, range(2_000))
    frames, spine = in_one_query(cases, shuffle_seed=1)

    found = label_snapshots(
        replace(BUSINESS, label=label), frames, spine, LABELS, as_of=midnight(AS_OF)
    )

    expected = [churned(c, who, day, outcome) for c in cases for who, day in c.spine]
    assert found.to_list() == expected
    assert min(expected.count(True), expected.count(False)) > 50


def churned(case: History, customer: str, day: date, outcome: str) -> bool | None:
    """Worked out as the snapshots' docstring and the label's tell it."""
    known = events(case.rows["orders"], TABLES["orders"], instant(AS_OF))
    own = [r for r in known if r["customer_id"] == customer and PREDICATES[EARNED](r)]
    times = [row["event_time"] for row in own]
    start = instant(day) + DAY_US
    occurs = any(start < time <= start + 6 * DAY_US for time in times)
    if outcome == "absent":
        return not occurs
    left_already = any(instant(day) < time <= start for time in times)
    return None if left_already else occurs


def test_the_histories_reach_every_value_there_is_to_reach():
    oracle = Oracle(FEATURES, TABLES, PREDICATES)
    cases = generated(1, range(300))

    rows = [
        oracle.row(c.rows, who, instant(day)) for c in cases for who, day in c.spine
    ]

    assert {name for name in rows[0] if len({row[name] for row in rows}) < 3} == set()


def test_a_history_is_made_of_its_choices_alone():
    again = history(replayed(choices_of(seed=1, number=7)))

    assert again == generated(1, range(7, 8))[0]


def test_a_history_that_differs_is_made_as_small_as_it_goes():
    def wrong(candidates: list[list[int]]) -> set[int]:
        """More than one order, the second with an amount."""
        cases = [history(replayed(candidate)) for candidate in candidates]
        orders = [case.rows["orders"] for case in cases]
        return {n for n, o in enumerate(orders) if len(o) > 1 and o[1]["cents"]}

    found = [choices_of(seed=1, number=number) for number in range(99)]
    start = next(choices for choices in found if wrong([choices]))

    small = history(replayed(shrunk(start, wrong)))

    assert {name: len(rows) for name, rows in small.rows.items()} == {
        "orders": 2,
        "visits": 0,
        "plans": 0,
        "people": 0,
    }
    assert small.rows["orders"][1]["cents"] == 1
    assert len(small.spine) == 1
