from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.scoring.freshness import fresh, instant_us

EVENT = datetime(2024, 4, 1, tzinfo=UTC)
ENDS = datetime(2024, 5, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

MOMENTS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    timezones=st.just(UTC),
)


def read(at, *, expires_at=ENDS):
    expires_us = None if expires_at is None else instant_us(expires_at)
    return fresh(
        {"plan": "pro", "logins": 3}, {"plan": expires_us}, at_us=instant_us(at)
    )


@pytest.mark.parametrize("at", [EVENT, ENDS - MICROSECOND, ENDS])
def test_a_value_counts_up_to_its_instant(at):
    assert read(at) == ({"plan": "pro", "logins": 3}, {})


def test_a_microsecond_later_it_counts_no_more():
    values, reasons = read(ENDS + MICROSECOND)

    assert values == {"plan": None, "logins": 3}
    assert reasons == {"plan": "older than its time to live since 2024-05-01T00:00:00Z"}


def test_what_has_no_instant_never_grows_old():
    assert read(datetime.max.replace(tzinfo=UTC), expires_at=None)[1] == {}


def test_a_value_that_was_none_when_it_was_built_has_its_reason_too():
    values, reasons = fresh({"plan": None}, {"plan": 0}, at_us=1)

    assert values == {"plan": None}
    assert list(reasons) == ["plan"]


def test_the_values_given_are_left_alone():
    given_values = {"plan": "pro"}

    fresh(given_values, {"plan": 0}, at_us=1)

    assert given_values == {"plan": "pro"}


@given(event=MOMENTS, at=MOMENTS, ttl_days=st.integers(0, 4000))
def test_online_the_rule_is_the_one_of_the_snapshot(event, at, ttl_days):
    expires_us = instant_us(event) + ttl_days * 86_400_000_000

    values, reasons = fresh({"x": 1.0}, {"x": expires_us}, at_us=instant_us(at))

    lives = at - event <= timedelta(days=ttl_days)
    assert values == {"x": 1.0 if lives else None}
    assert set(reasons) == (set() if lives else {"x"})


@given(event=MOMENTS, off_us=st.integers(-3, 3), ttl_days=st.integers(0, 4000))
def test_the_last_microsecond_is_found_for_any_event(event, off_us, ttl_days):
    ends = event + timedelta(days=ttl_days)
    at = ends + off_us * MICROSECOND

    _, reasons = fresh({"x": 1.0}, {"x": instant_us(ends)}, at_us=instant_us(at))

    assert bool(reasons) == (off_us > 0)


@given(MOMENTS)
def test_instants_are_exact(at):
    back = datetime(1970, 1, 1, tzinfo=UTC) + instant_us(at) * MICROSECOND

    assert back == at


def test_the_zone_of_a_moment_does_not_matter():
    elsewhere = ENDS.astimezone(datetime.fromisoformat("2024-01-01T00+05:30").tzinfo)

    assert instant_us(elsewhere) == instant_us(ENDS) == 1714521600_000_000


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(TypeError, match="naive"):
        instant_us(datetime(2024, 5, 1))  # noqa: DTZ001 (the point)
