import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.errors import InputError
from churn.scoring.inputs import WARNING_KINDS, InputSchema
from tests.snapshot_rows import bundle


def number(name: str, low: float | None, high: float | None, missing: float = 0.0):
    return {
        "name": name,
        "kind": "number",
        "min": low,
        "max": high,
        "missing_share": missing,
    }


def category(name: str, *seen: str, missing: float = 0.0):
    return {
        "name": name,
        "kind": "category",
        "categories": list(seen),
        "missing_share": missing,
    }


def schema(*features: dict[str, Any]) -> InputSchema:
    return InputSchema.of({"features": features})


# A category stands first: columns are made numbers first, and no name may move.
SCHEMA = schema(
    category("plan", "basic", "größer"),
    number("age", 18.0, 90.0),
    number("spend", 0.0, float(np.float32(0.1)), missing=0.2),
    category("region", "north", missing=0.1),
)
USUAL = {"plan": "basic", "age": 40, "spend": 0.05, "region": "north"}


def test_usual_values_become_columns_and_nothing_is_said() -> None:
    columns, warnings = SCHEMA.columns([USUAL, USUAL | {"age": 18, "plan": "größer"}])

    assert {name: values.tolist() for name, values in columns.items()} == {
        "plan": ["basic", "größer"],
        "age": [40.0, 18.0],
        "spend": [np.float32(0.05)] * 2,
        "region": ["north", "north"],
    }
    assert [columns["age"].dtype, columns["plan"].dtype] == [np.float32, object]
    assert warnings == ((), ())


@pytest.mark.parametrize(
    ("change", "warning", "value"),
    [
        ({"plan": "gold"}, "unknown_category: plan", "gold"),
        ({"age": 17.9}, "out_of_range: age", np.float32(17.9)),
        ({"age": 91}, "out_of_range: age", 91.0),
        ({"age": 3.4e38}, "out_of_range: age", np.float32(3.4e38)),
        ({"plan": None}, "missing: plan", ""),
        ({"plan": ""}, "missing: plan", ""),
    ],
)
def test_what_training_never_saw_is_scored_and_said(
    change: dict[str, Any], warning: str, value: object
) -> None:
    columns, warnings = SCHEMA.columns([USUAL, USUAL | change])

    assert warnings == ((), (warning,))
    assert columns[next(iter(change))][1] == value
    assert warning.partition(":")[0] in WARNING_KINDS


def test_what_training_saw_missing_may_be_missing_unsaid() -> None:
    columns, warnings = SCHEMA.columns([USUAL | {"spend": None, "region": None}])

    assert math.isnan(columns["spend"][0])
    assert columns["region"][0] == ""
    assert warnings == ((),)


def test_a_value_that_is_not_given_is_missing() -> None:
    columns, warnings = SCHEMA.columns([{}])

    assert math.isnan(columns["age"][0])
    assert set(warnings[0]) == {"missing: age", "missing: plan"}


def test_a_bound_that_float32_cannot_hold_is_no_warning() -> None:
    # 0.1 as float32 is 0.10000000149, which no 0.1 of JSON reaches from below.
    low = schema(number("x", float(np.float32(0.1)), 1.0))

    assert low.columns([{"x": 0.1}])[1] == ((),)
    assert low.columns([{"x": 0.0999999}])[1] == (("out_of_range: x",),)
    assert SCHEMA.columns([USUAL | {"spend": 0.10000000149}])[1] == ((),)


def test_a_feature_that_training_never_saw_present_is_out_of_range() -> None:
    never = schema(number("x", None, None, missing=1.0))

    assert never.columns([{"x": 0.0}, {}])[1] == (("out_of_range: x",), ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"age": "40"}, "age: expected a number or null, found a text"),
        ({"age": True}, "age: expected a number or null, found true or false; send 1"),
        ({"age": [40]}, "age: expected a number or null, found a list"),
        ({"age": {}}, "age: expected a number or null, found an object"),
        ({"age": math.nan}, "age: expected a finite number"),
        ({"age": -math.inf}, "age: expected a finite number"),
        ({"age": 3.5e38}, "age: expected a finite number of at most 3.403e"),
        ({"age": 10**400}, "age: expected a finite number"),
        ({"plan": 1}, "plan: expected a text or null, found a number"),
        ({"plan": False}, "plan: expected a text or null, found true or false"),
        ({"plan": ["basic"]}, "plan: expected a text or null, found a list"),
        ({"plan": "\ud800"}, "plan: expected a text of valid Unicode without NUL"),
        ({"plan": "basic\0"}, "plan: expected a text of valid Unicode without NUL"),
        ({"agee": 1}, "agee: expected a feature of this model.*nearest is age"),
        ({"x" * 999: 1}, "^x{80}: expected a feature of this model"),
    ],
)
def test_what_cannot_be_scored_is_refused_by_its_name_and_row(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        SCHEMA.columns([USUAL, USUAL, USUAL | change])

    assert caught.value.row == 2
    assert caught.value.field == next(iter(change))[:80]


def test_no_rows_give_no_values() -> None:
    columns, warnings = SCHEMA.columns([])

    assert {name: values.shape for name, values in columns.items()} == dict.fromkeys(
        SCHEMA.names, (0,)
    )
    assert warnings == ()


def test_a_model_may_read_numbers_alone_or_categories_alone() -> None:
    numbers, _ = schema(number("x", 0, 1)).columns([{"x": 1}, {"x": 0}])
    texts, _ = schema(category("c", "a")).columns([{"c": "a"}, {"c": "b"}])

    assert numbers["x"].tolist() == [1.0, 0.0]
    assert texts["c"].tolist() == ["a", "b"]


VALUES = {
    "plan": st.sampled_from(["basic", "größer", "gold", "", None]),
    "age": st.none() | st.floats(-1e38, 1e38) | st.integers(-(10**30), 10**30),
    "spend": st.none() | st.floats(0, 0.2),
    "region": st.sampled_from(["north", "south", None]),
}
ROWS = st.lists(st.fixed_dictionaries({}, optional=VALUES), max_size=6)


def expected_warnings(row: dict[str, Any]) -> set[str]:
    """By the words of the declaration, feature after feature."""
    said = set()
    age, plan = row.get("age"), row.get("plan")
    spend, region = row.get("spend"), row.get("region")
    if age is None:
        said.add("missing: age")
    elif not 18 <= np.float32(age) <= 90:
        said.add("out_of_range: age")
    if spend is not None and not 0 <= np.float32(spend) <= np.float32(0.1):
        said.add("out_of_range: spend")
    if not plan:
        said.add("missing: plan")
    elif plan == "gold":
        said.add("unknown_category: plan")
    if region == "south":
        said.add("unknown_category: region")
    return said


@given(ROWS)
def test_every_row_is_judged_on_its_own_and_as_declared(
    rows: list[dict[str, Any]],
) -> None:
    columns, warnings = SCHEMA.columns(rows)

    assert [set(said) for said in warnings] == [expected_warnings(row) for row in rows]
    for place, row in enumerate(rows):
        alone, said = SCHEMA.columns([row])
        assert said == (warnings[place],)
        for name, values in columns.items():
            np.testing.assert_array_equal(values[place : place + 1], alone[name])


def test_an_unknown_category_is_none_of_the_known_ones_to_the_learner() -> None:
    made = bundle("xgboost")
    columns, _ = made.inputs.columns([{"plan": "gold", "region": "north"}])

    matrix = dict(zip(made.column_names, made.matrix(columns)[0], strict=True))

    assert matrix["plan=basic"] == matrix["plan=plus"] == matrix["plan=größer"] == 0
    assert matrix["region=north"] == 1


@pytest.mark.parametrize("values", [{"plan": "a\ud800"}, {"plan": "a\0"}])
def test_text_that_the_graph_could_not_take_never_reaches_it(
    values: dict[str, str],
) -> None:
    with pytest.raises(InputError):
        bundle().inputs.columns([values])
