from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks.monitored import QUIET
from benchmarks.monitored_days import Watched
from churn.monitoring.day import UNNAMED, DayProfile
from churn.monitoring.sketch import CustomerSketch
from churn.monitoring.windows import EVERYONE, effective_rows, score_window

RNG = np.random.default_rng(5)
ANY = Watched.started(100, 100, RNG).days(QUIET, 1, 100, RNG).profile(0)


def day(customers, n: int, *, number: int = 0, unnamed: int = 0) -> DayProfile:
    return replace(
        ANY,
        day=date(2026, 1, 1) + timedelta(days=number),
        n=n,
        customers=CustomerSketch.of([str(c) for c in customers], key=b""),
        quality={UNNAMED: unnamed},
    )


def test_the_same_customers_every_night_are_worth_one_night():
    assert effective_rows([day(range(50), 50)] * 28) == pytest.approx(50)


def test_other_customers_every_night_are_worth_all_nights():
    nights = [day(range(100 * k, 100 * k + 100), 100) for k in range(5)]

    assert effective_rows(nights) == pytest.approx(500)


def test_customers_who_come_more_often_are_worth_less_by_kish():
    # Ten come twice, ten once: (20 + 10)^2 / (10 * 4 + 10) = 18.
    assert effective_rows([day(range(20), 20), day(range(10), 10)]) == pytest.approx(18)


def test_rows_of_a_busy_day_count_as_those_of_customers_who_ask_often():
    # Ten ask four times, ten others once: (40 + 10)^2 / (10 * 16 + 10) = 14.7.
    busy, calm = day(range(10), 40), day(range(10, 20), 10)

    assert effective_rows([busy, calm]) == pytest.approx(2500 / 170)


def test_from_a_sample_of_hashes_it_is_nearly_the_same():
    often = [day(range(6000), 6000)] * 3
    once = [day(range(6000, 12000), 6000)]
    exact = (3 * 6000 + 6000) ** 2 / (6000 * 9 + 6000)

    assert effective_rows(often + once) == pytest.approx(exact, rel=0.1)


def test_rows_of_nobody_known_are_each_their_own():
    assert effective_rows([day([], 40)]) == 40
    assert effective_rows([day(range(10), 30, unnamed=20)]) == pytest.approx(30)


def test_a_window_holds_the_last_calendar_days_of_batch_and_log():
    days = [day(range(10), 100, number=k) for k in (0, 5, 6)]
    log = replace(days[-1], source="log")

    window = score_window([*days, log], (EVERYONE,), 2)

    assert (window.first_day, window.last_day) == (days[1].day, days[2].day)
    assert window.rows.sums.n.sum() == 3 * ANY.scores.n.sum()


def test_a_group_that_a_day_lacks_counts_nothing():
    window = score_window([replace(ANY, slices={})], (EVERYONE, "plan=basic"), 1)

    assert window.rows.sums.n[1].sum() == 0
