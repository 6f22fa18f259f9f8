from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from benchmarks.monitored import QUIET
from benchmarks.monitored_days import Watched
from benchmarks.monitored_years import shipped
from churn.monitoring.volume import quality_harms, volume, volume_harms

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


def test_the_fault_of_one_feature_is_named():
    logins = ANY.features["logins"]
    empty = replace(logins, missing=logins.n, counts=[0] * len(logins.counts))
    broken = replace(ANY, features={**ANY.features, "logins": empty})

    harms = {
        harm.name: harm
        for harm in quality_harms(WATCHED.reference, [broken], shipped())
    }

    assert harms["quality:missing"].is_alarm
    assert "logins" in harms["quality:missing"].what_to_do
    assert not harms["quality:out_of_range"].is_alarm


def test_quarantined_rows_count_beside_the_scored():
    broken = replace(ANY, quality={"quarantined": ANY.n})

    harms = {
        harm.name: harm
        for harm in quality_harms(WATCHED.reference, [broken], shipped())
    }

    assert harms["quality:quarantined"].loss.value == 0.5
    assert harms["quality:quarantined"].is_alarm
