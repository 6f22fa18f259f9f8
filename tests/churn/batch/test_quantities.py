import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.batch.quantities import quantity


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.0, "events", "0"),
        (-0.0, "cents", "0.00 EUR"),
        (250.0, "pence per line", "2.50 GBP per line"),
        (0.0, "0 or 1", "no"),
        (0.5, "0 or 1", "0.5"),
        (100.0, "seconds", "100 seconds"),
        (1.0, "seconds", "1 second"),
        (200_000.0, "seconds", "2.31 days"),
        (0.0004, "share", "0.04%"),
        (1e12, "articles", "1,000,000,000,000 articles"),
        (99.96, "months", "100 months"),
        (-3.25, "ratio", "-3.25"),
    ],
)
def test_a_number_is_said_in_its_unit(value, unit, told):
    assert quantity(value, unit) == told


@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(["events", "share", "cents", "seconds", "days", "0 or 1", "usd"]),
)
def test_any_number_is_one_line_without_an_exponent(value, unit):
    told = quantity(value, unit)

    assert told.isprintable()
    assert abs(value) < 1e-4 or "e+" not in told
