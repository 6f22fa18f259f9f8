import pytest

from churn.features.declarations import Attribute, Difference, Ratio, Slope
from churn.features.values import days_of, double, expiry_sql, value_sql
from tests.businesses import windowed

WORDS = {"unit": "any", "meaning": "for a test"}
OLD = Attribute(name="old", table="t", column="c", ttl_days=2, **WORDS)
OLDER = Attribute(name="older", table="t", column="c", ttl_days=9, **WORDS)
FOREVER = Attribute(name="forever", table="t", column="c", **WORDS)
BOTH = Ratio(name="both", numerator="old", denominator="older", **WORDS)
NONE = Difference(name="none", minuend="forever", subtrahend="forever", **WORDS)
BY_NAME = {f.name: f for f in (OLD, OLDER, FOREVER, BOTH, NONE)}


@pytest.mark.parametrize(
    ("number", "written"), [(1.0, "1.0e0"), (1 / 3, "0.3333333333333333e0")]
)
def test_a_factor_has_an_exponent_so_that_no_engine_takes_it_for_a_decimal(
    number, written
):
    assert double(number) == written
    assert float(written) == number


def test_a_tiny_factor_keeps_its_own_exponent():
    assert double(1e-20) == "1e-20"


def test_a_value_made_of_two_lives_as_long_as_the_first_of_them():
    assert expiry_sql(BOTH, BY_NAME) == 'LEAST("old__expires_us", "older__expires_us")'


def test_a_value_made_of_what_never_expires_never_does():
    assert expiry_sql(NONE, BY_NAME) is None


def test_a_slope_is_integers_up_to_one_division():
    recent = windowed("r", "count", window_days=30)
    whole = windowed("w", "count", window_days=90)
    slope = Slope(name="s", recent="r", whole="w", **WORDS)

    sql = value_sql(slope, {"r": recent, "w": whole, "s": slope})

    risen = '2 * (90 * COALESCE("r", 0) - 30 * COALESCE("w", 0))'
    assert sql == f"(CAST({risen} AS DOUBLE) / 162000)"


def test_days_of_a_whole_history_are_not_to_be_had():
    with pytest.raises(TypeError, match="feature n has no window"):
        days_of(windowed("n", "count"))
