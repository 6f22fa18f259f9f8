from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.monitored import ECONOMICS, QUIET, shifted_to
from benchmarks.monitored_days import START, Watched, day_of, joined
from benchmarks.monitored_estimates import WINDOW, cohort_rows
from churn.monitoring.censoring import is_matured
from churn.monitoring.cohorts import cohorts
from churn.monitoring.trend import (
    day_figures,
    label_losses,
    score_losses,
    since,
    slice_health,
)
from churn.monitoring.trials import reference_rows
from churn.monitoring.windows import EVERYONE, score_window

RNG = np.random.default_rng(0)
WATCHED = Watched.started(20_000, 20_000, RNG)
BEFORE = reference_rows(WATCHED.reference)
CHANGED = 2
DAYS = joined(
    [
        WATCHED.days(QUIET, CHANGED, 20_000, RNG),
        WATCHED.days(shifted_to(0.05, "spread"), 2, 20_000, RNG, first=CHANGED),
    ]
)
PROFILES = [DAYS.profile(k) for k in range(4)]


@pytest.fixture(scope="module")
def known():
    rows = cohort_rows(WATCHED.model, 2_000, 90, RNG, leave_early=False)
    rows = rows.filter(is_matured(rows, WINDOW))
    churn = rows["is_churn"].cast(pl.Float64).to_numpy()
    return cohorts(rows, churn, BEFORE.groups, ECONOMICS)


def test_a_day_has_what_batches_and_servers_scored(known):
    first, second = PROFILES[:2]
    log = replace(second, day=first.day, source="log")

    (day,) = day_figures([log, first], known)

    assert (day.day, day.n_scored) == (first.day, first.n + second.n)
    p_sum = first.scores.p_sum.sum() + second.scores.p_sum.sum()
    assert day.mean_probability == pytest.approx(p_sum / day.n_scored)
    assert day.measured_roc_auc is None


def test_days_stand_in_order_and_those_whose_labels_matured_are_measured(known):
    when = known.dates[2]
    days = [
        replace(day, day=when + timedelta(days=k)) for k, day in enumerate(PROFILES)
    ]

    found = day_figures(days[::-1], known)

    assert [one.day for one in found] == [day.day for day in days]
    measured = found[0].measured_roc_auc
    assert measured.low < QUIET.roc_auc() < measured.high
    assert measured.n == 2_000


def test_nobody_scored_is_no_figure():
    nobody = replace(
        PROFILES[0], n=0, scores=replace(PROFILES[0].scores, n=0 * PROFILES[0].scores.n)
    )

    (day,) = day_figures([nobody], None)

    assert (day.mean_probability, day.n_scored) == (None, 0)


def test_a_loss_of_the_scores_began_on_the_day_customers_changed():
    losses = score_losses(BEFORE, PROFILES[::-1], EVERYONE)

    assert list(losses) == [day_of(k) for k in range(4)]
    assert max(list(losses.values())[:CHANGED]) < 0.01
    assert min(list(losses.values())[CHANGED:]) > 0.03
    assert since(losses, 0.02) == START + timedelta(days=CHANGED)
    assert since({}, 0.02) is None


def test_labels_of_a_sound_model_show_no_loss(known):
    losses = label_losses(BEFORE, known, EVERYONE)

    assert list(losses) == list(known.dates)
    assert abs(np.mean(list(losses.values()))) < 0.03


def test_every_slice_is_told_by_either_way(known):
    found = slice_health(BEFORE, score_window(PROFILES, BEFORE.groups, 4), known)

    assert [f"{one.name}={one.group}" for one in found] == list(BEFORE.groups[1:])
    assert found[0].n == sum(day.slices["plan=basic"].n_rows for day in PROFILES)
    for one in found:
        assert one.reference_roc_auc.value == pytest.approx(QUIET.roc_auc(), abs=0.05)
        assert one.estimated_roc_auc.n == one.n
        # Nobody of the labelled is known to be in any group.
        assert one.measured_roc_auc.value is None
