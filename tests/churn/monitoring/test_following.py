"""Which scores a look is about."""

from datetime import date

import pytest

from churn.errors import ConfigError
from churn.monitoring.following import (
    Labelling,
    Looked,
    OutcomePlan,
    label_window,
    with_notes,
)
from churn.monitoring.harm import LabelWindow
from churn.snapshots import SnapshotPlan
from datasets.catalogue import load
from tests.healths import health

PLAN = SnapshotPlan(date(2024, 1, 1), 30, lead_time_days=10, horizon_days=20)


@pytest.mark.parametrize(("plan", "expected"), [(PLAN, 25), (None, 15)])
def test_scores_are_followed_until_the_oldest_of_the_window_has_its_label(
    plan, expected
):
    # 7 days of scores up to 30 June, each followed for 30 or 40 days.
    first = OutcomePlan(1000, 40).first_day(date(2024, 6, 30), 7, plan)

    assert first == date(2024, 5, expected)


def test_who_follows_nobody_is_told_so():
    with pytest.raises(ConfigError, match=r"outcomes\.most_rows"):
        OutcomePlan(0, 30)


def test_only_labels_with_a_window_mature_by_date():
    assert label_window(load("telco"), None) is None
    assert label_window(load("subscriptions"), PLAN) == LabelWindow(10, 20, "occurs")


def test_what_was_left_out_on_the_way_is_part_of_the_look():
    day = date(2024, 6, 30)
    looked = Looked(
        version="3",
        first_day=day,
        last_day=day,
        first_followed_day=day,
        n_followed=1,
        notes=("a log was cut",),
    )
    labelling = Labelling(
        sources=(),
        n_scores=1,
        n_known=0,
        n_read=0,
        n_quarantined=0,
        quarantined_because={},
        notes=("no labels", "too few"),
    )

    found = with_notes(health(notes=("too few",)), looked, labelling)

    assert found.notes == ("too few", "a log was cut", "no labels")
