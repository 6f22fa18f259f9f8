"""A run in figures, counted by hand."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from churn.batch.listed import DecileCount, ListChange, ReasonCount
from churn.batch.summary import list_change, summarise, worth
from churn.scoring.decision import Economics

OURS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
FEW = "Visits: 0 (raises)"


def scores(**changed):
    columns = {
        "customer_id": ["a", "b", "c", "d"],
        "probability": [0.9, 0.05, 0.5, 0.01],
        "decile": [1, 9, 1, 10],
        "decision": ["contact", "no_contact", "contact", "no_contact"],
        "expected_net_value_eur": [70.0, -5.0, 20.0, -9.0],
        "customer_value_eur": [300.0, 100.0, 200.0, 100.0],
        "rank": [1, 0, 2, 0],
        "reasons": [[FEW, "Plan: basic (raises)"], None, ["Visits: 1 (raises)"], None],
        "snapshot_date": [date(2026, 3, 1)] * 4,
        "model_version": ["7"] * 4,
        "scored_at": [datetime(2026, 3, 1, 2, tzinfo=UTC)] * 4,
    }
    return pl.DataFrame(columns | changed, strict=False)


def listed(rows):
    return rows.filter(pl.col("rank") > 0)


def test_a_day_is_counted():
    rows = scores()

    day = summarise(rows, listed(rows))

    assert (day.n, day.n_worth, day.n_listed, day.n_explained) == (4, 2, 2, 2)
    assert day.mean_probability == pytest.approx(0.365)
    assert day.listed_net_value_eur == 90.0
    assert day.deciles == (
        DecileCount(
            decile=1,
            n=2,
            mean_probability=pytest.approx(0.7),
            n_listed=2,
            listed_net_value_eur=90.0,
        ),
        DecileCount(
            decile=9, n=1, mean_probability=0.05, n_listed=0, listed_net_value_eur=0.0
        ),
        DecileCount(
            decile=10, n=1, mean_probability=0.01, n_listed=0, listed_net_value_eur=0.0
        ),
    )
    assert day.by_range == (1, 0, 1, 0, 0, 0, 1, 0, 1)


def test_who_is_not_to_be_contacted_is_not_worth_it_whatever_it_would_bring():
    rows = scores(decision=["contact", "no_contact", "no_contact", "no_contact"])

    assert summarise(rows, listed(rows)).n_worth == 1


def test_reasons_are_counted_whatever_the_value_where_they_raise():
    reasons = [[FEW, "Plan: basic (raises)"], None, ["Visits: 9 (lowers)", FEW], None]
    rows = scores(reasons=reasons)

    day = summarise(rows, listed(rows))

    assert day.reasons == (ReasonCount("Visits", 2), ReasonCount("Plan", 1))


def test_a_day_without_a_list_has_figures_all_the_same():
    rows = scores(rank=[0] * 4, reasons=pl.Series([None] * 4, dtype=pl.List(pl.String)))

    day = summarise(rows, listed(rows))
    found = worth(listed(rows), OURS)

    assert (day.n_listed, day.n_explained, day.reasons) == (0, 0, ())
    assert (found.net_value.value, found.cost_eur) == (0.0, 0.0)


def test_the_worth_of_a_list_is_what_chance_leaves_of_it():
    rows = listed(scores())
    rng = np.random.default_rng(3)
    p, value = (rows[c].to_numpy() for c in ("probability", "customer_value_eur"))
    churns = rng.random((200_000, 2)) < p
    accepts = ~churns | (rng.random(churns.shape) < OURS.acceptance_rate)
    gained = (np.where(churns & accepts, value, 0) - 10 * accepts - 1).sum(axis=1)

    found = worth(rows, OURS)

    assert found.customer_value_eur == 500.0
    # A contact each, and the offer of who accepts it: 3.7 and 6.5 on average.
    assert found.cost_eur == pytest.approx(2 + 3.7 + 6.5)
    assert found.net_value.value == pytest.approx(gained.mean(), rel=0.02)
    margin = found.net_value.high - found.net_value.value
    assert margin == pytest.approx(1.96 * gained.std(), rel=0.02)
    assert found.net_value.value - found.net_value.low == pytest.approx(margin)


def test_who_joined_and_who_left_is_counted():
    # b was listed, is no longer; c joined; e was listed and is gone; a is new.
    before = scores(
        customer_id=["b", "c", "d", "e"],
        rank=[1, 0, 0, 2],
        probability=[0.5, 0.1, 0.01, 0.9],
    )

    change = list_change(scores(), before)

    assert change == ListChange(
        n_joined=2,
        n_left=2,
        n_stayed=0,
        n_new=1,
        n_gone=1,
        n_both=3,
        mean_move=pytest.approx((0.05 - 0.5 + 0.5 - 0.1 + 0) / 3),
    )


def test_two_days_without_a_customer_in_common_have_no_move():
    before = scores(customer_id=["w", "x", "y", "z"])

    change = list_change(scores(), before)

    assert (change.n_both, change.mean_move) == (0, None)
    assert (change.n_joined, change.n_new, change.n_left) == (2, 2, 2)
