from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.monitored import QUIET
from benchmarks.monitored_days import Watched
from benchmarks.monitored_years import shipped
from churn.monitoring.quality import (
    Excess,
    Share,
    fault_threshold,
    findings,
    quality_harms,
)

RNG = np.random.default_rng(9)
WATCHED = Watched.started(1000, 1000, RNG)
ANY = WATCHED.days(QUIET, 1, 1000, RNG).profile(0)


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


def test_quarantined_rows_count_beside_the_scored():
    broken = replace(ANY, quality={"quarantined": ANY.n})

    harms = {
        harm.name: harm
        for harm in quality_harms(WATCHED.reference, [broken], shipped())
    }

    assert harms["quality:quarantined"].loss.value == 0.5
    assert harms["quality:quarantined"].is_alarm


def test_values_beyond_the_range_of_training_explain_and_page_nobody():
    n = ANY.n
    grown = replace(ANY, quality={"out_of_range: tenure": n, "out_of_range": n})

    harms = list(quality_harms(WATCHED.reference, [grown], shipped()))
    told = [one.sentence for one in findings([grown])]

    assert not [harm.name for harm in harms if harm.is_alarm]
    assert "quality:out_of_range" not in {harm.name for harm in harms}
    assert (
        f"tenure: {n:,} of {n:,} rows have a value beyond the range of training" in told
    )


def test_values_that_training_missed_as_often_are_no_fault():
    logins = ANY.features["logins"]
    half = replace(logins, missing=logins.n // 2)
    usual = replace(WATCHED.reference, features={"logins": half})

    (missing, *_) = quality_harms(
        usual, [replace(ANY, features={"logins": half})], shipped()
    )

    assert missing.loss.value == 0
    assert not missing.is_alarm


def test_the_error_of_an_excess_is_its_spread_over_repetitions():
    rng = np.random.default_rng(0)
    before, now = rng.binomial(800, 0.5, 2000), rng.binomial(300, 0.56, 2000)
    found = [
        Excess.of(Share(int(k), 300, 300), Share(int(m), 800, 800))
        for k, m in zip(now, before, strict=True)
    ]

    spread = np.std([one.share for one in found])

    assert np.mean([one.share for one in found]) == pytest.approx(0.06, abs=0.004)
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.05)


def test_a_year_of_looks_at_every_feature_shares_the_budget():
    plan = shipped()

    threshold = fault_threshold(10, plan)

    assert norm.sf(threshold) * 10 * plan.looks_a_year == pytest.approx(
        plan.error_rate("quality")
    )


def test_what_is_unusual_is_counted_over_the_days_the_most_frequent_first():
    rng = np.random.default_rng(0)
    days = Watched.started(100, 100, rng).days(QUIET, 2, 100, rng)
    found = findings(
        [
            replace(
                days.profile(k), n=50, quality={"missing: a": 5, "quarantined": 9 * k}
            )
            for k in range(2)
        ]
    )

    assert [(one.name, one.n, one.share) for one in found] == [
        ("missing: a", 10, 0.1),
        ("quarantined", 9, None),
    ]
