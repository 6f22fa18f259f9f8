from dataclasses import replace

import numpy as np
import pytest

from benchmarks.monitored import QUIET
from benchmarks.monitored_days import Watched, day_of, joined
from benchmarks.monitored_years import shipped
from churn.monitoring.drift import SCORE
from churn.monitoring.drifting import drifts, split

CHANGED = 6
WATCHED = Watched.started(20_000, 20_000, np.random.default_rng(0))


@pytest.fixture(scope="module")
def days():
    rng = np.random.default_rng(1)
    other = replace(QUIET, mean=1.5)
    before = WATCHED.days(QUIET, CHANGED, 5000, rng)
    drawn = joined([before, WATCHED.days(other, 4, 5000, rng, first=CHANGED)])
    return [drawn.profile(k) for k in range(CHANGED + 4)]


def test_other_customers_are_drift_since_the_day_they_came(days):
    found = drifts(WATCHED.reference, days, shipped())
    logins = next(one for one in found if one.name == "logins")

    assert logins.is_significant
    assert logins.since == day_of(CHANGED)
    assert found[0].distances.psi_corrected >= logins.distances.psi_corrected


def test_the_season_of_the_week_is_not(days):
    found = drifts(WATCHED.reference, days[:CHANGED], shipped())

    assert not [one.name for one in found if one.is_significant]
    assert {one.since for one in found} == {None}


def test_features_and_slices_are_told_apart_from_the_score(days):
    moved, score = split(drifts(WATCHED.reference, days, shipped()))

    assert score.name == SCORE
    assert {one.name for one in moved} == {
        *WATCHED.reference.features,
        *WATCHED.reference.slices,
    }
