from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.churn.gates.checks import check
from tests.churn.gates.figures import answered
from tests.evidences import evidence


def gap(found, *, by="interval", min_rows=50, metric="recall", **bound):
    asked = check(
        "fairness_gap",
        metric=metric,
        by=by,
        texts={"slice": "plan"},
        min_rows=min_rows,
        **bound,
    )
    return answered(asked, found)


def world(*, missed_pros, missed_basics=0):
    """200 basics and 100 pros, half of whom churn; some churners are not recognised."""
    is_churn = np.arange(300) % 2 == 0
    is_pro = np.arange(300) >= 200
    score = np.where(is_churn, 1.0, 0.0)
    score[np.flatnonzero(is_churn & is_pro)[:missed_pros]] = 0.0
    score[np.flatnonzero(is_churn & ~is_pro)[:missed_basics]] = 0.0
    found = evidence(300)
    return replace(
        found,
        rows=found.rows.with_columns(
            pl.Series("is_churn", is_churn),
            pl.Series("challenger", score),
            pl.Series("customer_value", np.full(300, 200.0)),
            pl.Series("slice__plan", np.where(is_pro, "pro", "basic")),
        ),
    )


def test_the_gap_is_the_highest_figure_less_the_lowest():
    # All 100 churning basics are contacted, and 40 of the 50 churning pros.
    found = gap(world(missed_pros=10), bound=0.3)

    assert found.observed.value == pytest.approx(0.2)
    assert found.observed.n == 300
    assert found.observed.low < 0.2 < found.observed.high
    assert "from 0.8 for pro to 1 for basic" in found.sentence


@pytest.mark.parametrize(
    ("bound", "outcome"), [(0.4, "passed"), (0.2, "undecided"), (0.05, "failed")]
)
def test_the_whole_interval_of_the_gap_has_to_stay_below_the_bound(bound, outcome):
    assert gap(world(missed_pros=10), bound=bound).outcome == outcome


def test_without_a_gap_any_bound_is_kept():
    found = gap(world(missed_pros=0), bound=0.0)

    assert (found.outcome, found.observed.value) == ("passed", 0.0)


def test_what_resampling_adds_to_a_gap_is_not_held_against_it():
    found = gap(world(missed_pros=10, missed_basics=20), bound=0.0)

    assert (found.outcome, found.observed.value) == ("undecided", 0.0)
    assert found.observed.low == 0.0


def test_by_value_nothing_is_resampled():
    found = gap(world(missed_pros=10), by="value", bound=0.19)

    assert (found.outcome, found.observed.low) == ("failed", None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"min_rows": 150}, "gap in recall between two groups of plan is undefined"),
        ({"metric": "roc_auc"}, "roc_auc in every group of plan is undefined"),
    ],
)
def test_fewer_than_two_groups_with_a_figure_leave_it_undefined(changes, words):
    rows = world(missed_pros=0)
    one_class = pl.col("is_churn") | (pl.col("slice__plan") == "pro")
    if "metric" in changes:
        rows = replace(rows, rows=rows.rows.with_columns(is_churn=one_class))

    found = gap(rows, bound=0.1, **changes)

    assert found.is_undefined
    assert found.sentence.startswith(words)


def test_it_is_skipped_where_the_data_set_names_no_bound():
    assert gap(world(missed_pros=10)).outcome == "skipped"
