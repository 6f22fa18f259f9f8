from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from benchmarks.monitored import QUIET
from benchmarks.monitored_days import Watched
from benchmarks.monitored_years import shipped
from churn.monitoring.volume import volume, volume_harms

START = date(2026, 1, 5)
RNG = np.random.default_rng(9)
WATCHED = Watched.started(1000, 1000, RNG)
ANY = WATCHED.days(QUIET, 1, 1000, RNG).profile(0)


def counts(n_days: int) -> dict[date, int]:
    """A hundred and something on weekdays, half of it at weekends."""
    days = (START + timedelta(days=k) for k in range(n_days))
    return {
        day: (100 + 3 * (day.toordinal() % 3)) // (2 if day.weekday() >= 5 else 1)
        for day in days
    }


def days_of(sizes: dict[date, int], source: str = "batch"):
    return [replace(ANY, day=day, n=n, source=source) for day, n in sizes.items()]


def volume_of(sizes, last: date, source: str = "batch"):
    as_of = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)
    (harm,) = volume_harms(days_of(sizes, source), shipped(), as_of=as_of)
    return harm


def test_a_day_is_held_against_the_same_weekday():
    found = volume(counts(29), START + timedelta(days=27))

    assert found.n == found.usual == pytest.approx(51, abs=2)
    assert found.degrees == 27 - 7


def test_usual_volume_is_no_alarm_and_half_of_it_is():
    sizes = counts(28)
    last = max(sizes)

    usual = volume_of(sizes, last)
    harm = volume_of(sizes | {last: 10}, last)

    assert not usual.is_alarm
    assert harm.is_alarm
    assert harm.loss.value == pytest.approx(0.8, abs=0.02)
    assert "10 customers were scored in batches" in harm.sentence


def test_a_day_without_any_is_an_alarm_though_no_profile_says_so():
    sizes = counts(27)
    missing = START + timedelta(days=27)

    harm = volume_of(sizes, missing, "log")

    assert harm.is_alarm
    assert harm.loss.n == 0
    assert harm.since == missing


def test_too_little_history_is_not_tested():
    harm = volume_of(counts(10), START + timedelta(days=9))

    assert (harm.is_alarm, harm.loss.value) == (False, None)
    assert "not tested" in harm.sentence


def test_a_new_version_does_not_begin_the_weeks_anew():
    sizes = counts(28)
    last = max(sizes)
    by_version = [
        replace(day, bundle_sha256=str(day.day.isocalendar().week))
        for day in days_of(sizes | {last: 10})
    ]
    as_of = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)

    (harm,) = volume_harms(by_version, shipped(), as_of=as_of)

    assert harm == volume_of(sizes | {last: 10}, last)


def test_what_two_versions_answered_of_a_day_adds_up():
    whole = days_of(counts(28), "log")
    halves = [
        replace(day, n=part) for day in whole for part in (day.n // 2, -(-day.n // 2))
    ]
    as_of = datetime.combine(START + timedelta(days=28), datetime.min.time(), UTC)

    found, both = (
        next(volume_harms(days, shipped(), as_of=as_of)) for days in (whole, halves)
    )

    assert both == found
