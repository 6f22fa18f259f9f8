import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.monitoring.sketch import MOST_VALUES, CustomerSketch, merged_sketch

KEY = b"a key of sixteen"
IDS = st.lists(st.integers(0, 300).map(str), max_size=200)


def sketch(ids: list[str | None], key: bytes = KEY) -> CustomerSketch:
    return CustomerSketch.of(ids, key=key)


@settings(max_examples=40)
@given(first=IDS, second=IDS)
def test_few_customers_are_counted_exactly_over_any_union(
    first: list[str], second: list[str]
) -> None:
    both = merged_sketch([sketch(first), sketch(second)])

    assert both.n_customers == len({*first, *second})
    assert both == sketch(first + second) == merged_sketch([both, sketch(first)])


def test_many_customers_are_counted_within_three_standard_errors() -> None:
    days = [sketch([f"c{k}" for k in range(i, 60_000 + i)]) for i in (0, 20_000)]

    found = merged_sketch(days).n_customers

    assert abs(found - 80_000) < 3 * 80_000 / np.sqrt(MOST_VALUES - 2)
    assert days[0].values.size == MOST_VALUES


def test_rows_of_nobody_known_are_no_customer() -> None:
    assert sketch([None, "a", None, "a"]).n_customers == 1
    assert sketch([]).n_customers == 0


def test_the_key_decides_what_a_hash_says() -> None:
    assert sketch(["a"]) != sketch(["a"], key=b"")
    assert len({sketch(["a"]), sketch(["a", "a"])}) == 1
