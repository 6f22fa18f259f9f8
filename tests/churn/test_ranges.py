import math

import pytest

from churn.errors import ConfigError
from churn.ranges import at_least, within

NOT_NUMBERS = [math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("value", [2, 2.0, 2.5, 10**400])
def test_a_number_at_or_above_the_least_passes(value: float) -> None:
    at_least("a.b", value, 2)


@pytest.mark.parametrize("value", [1, 1.999, -(10**400), *NOT_NUMBERS])
def test_a_number_below_the_least_is_named_with_its_key(value: float) -> None:
    with pytest.raises(ConfigError) as error:
        at_least("a.b", value, 2)

    assert str(error.value) == f"a.b: expected at least 2, found {value}"


@pytest.mark.parametrize("value", [0, 0.0, 0.5, 1])
def test_bounds_belong_to_a_range(value: float) -> None:
    within("a.b", value, 0, 1)


@pytest.mark.parametrize("value", [-0.1, 1.1, 10**400, *NOT_NUMBERS])
def test_a_number_outside_a_range_is_named_with_its_key(value: float) -> None:
    with pytest.raises(ConfigError) as error:
        within("a.b", value, 0, 1)

    assert str(error.value) == (
        f"a.b: expected at least 0 and at most 1, found {value}"
    )


def test_a_bound_can_be_excluded() -> None:
    within("a.b", 1, 0, 1, low_excluded=True)
    within("a.b", 0, 0, 1, high_excluded=True)

    with pytest.raises(ConfigError, match="more than 0 and at most 1, found 0"):
        within("a.b", 0, 0, 1, low_excluded=True)
    with pytest.raises(ConfigError, match="at least 0 and less than 1, found 1"):
        within("a.b", 1, 0, 1, high_excluded=True)
