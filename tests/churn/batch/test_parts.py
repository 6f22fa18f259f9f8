"""Who can be scored is scored; who cannot is put aside, and why is said."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.batch.parts import Part, used_features
from churn.errors import BundleError, InputError
from churn.model.columns import to_columns
from tests.snapshot_rows import FEATURES, bundle, rows

BUNDLE = bundle()
USED = used_features(BUNDLE, FEATURES)


def part(**changed: pl.Expr) -> Part:
    frame = rows(12, seed=4).with_columns(**changed)
    return Part.of(frame, BUNDLE, USED)


def test_all_who_can_be_scored_are_with_the_columns_they_were_scored_by():
    found = part()

    columns = to_columns(rows(12, seed=4), USED)
    assert found.probability.tolist() == BUNDLE.score(columns).tolist()
    assert list(found.columns) == list(BUNDLE.feature_names)
    assert found.quarantined.is_empty()


def test_of_a_row_with_several_faults_the_first_is_told():
    found = part(customer_value=pl.lit(-1.0), plan=pl.lit("a\0b"))

    assert set(found.quarantined["reason"]) == {
        "customer_value: expected an amount of 0 EUR or more, found another"
    }


def test_a_part_of_which_nobody_can_be_scored_has_no_probability():
    found = part(customer_id=pl.lit(None, dtype=pl.String))

    assert (len(found.rows), found.probability.shape) == (0, (0,))
    assert (
        found.quarantined["reason"].to_list()
        == ["customer_id: expected a name, found none"] * 12
    )


@settings(deadline=None, max_examples=30)
@given(
    number=st.one_of(st.none(), st.floats(width=64), st.integers(-(10**40), 10**40)),
    text=st.one_of(st.none(), st.text(max_size=5)),
)
def test_the_same_values_are_refused_as_by_a_server(number, text):
    number = None if number is None else float(number)
    frame = rows(1, seed=4).with_columns(
        spend_cents=pl.lit(number, dtype=pl.Float64),
        plan=pl.lit(text, dtype=pl.String),
    )
    values = {f.name: frame[0, f.name] for f in USED}
    if number is not None and np.isnan(number):
        values["spend_cents"] = None  # What a stored table holds for missing.

    found = Part.of(frame, BUNDLE, USED)

    answer = served(values)
    if isinstance(answer, str):
        assert found.quarantined["reason"][0].startswith(f"{answer}: ")
    else:
        assert found.probability.tolist() == answer


def served(values: dict[str, object]) -> list[float] | str:
    """What a server says of a customer, or the field for which it refuses to."""
    try:
        columns, _ = BUNDLE.inputs.columns([values])
    except InputError as error:
        return error.field
    return BUNDLE.predict(columns).tolist()


def test_a_feature_that_is_declared_no_more_is_named():
    with pytest.raises(BundleError, match="needs visits; until a successor is live"):
        used_features(BUNDLE, [f for f in FEATURES if f.name != "visits"])
