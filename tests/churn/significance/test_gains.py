from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.significance.gains import (
    auc_gains,
    brier_gains,
    dealt,
    earliest,
    net_value_gains,
)

SCORE = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9, 1.0])
ROWS = st.lists(
    st.tuples(
        st.booleans(), SCORE, SCORE, st.integers(0, 30), st.sampled_from([3, 8, 9])
    ),
    min_size=0,
    max_size=40,
)
LATER_DAYS = 10


def columns(rows):
    rows = sorted(rows, key=lambda row: row[-1])
    churned, ours, theirs, customer, day = zip(*rows, strict=True) if rows else [()] * 5
    return (
        np.array(churned, dtype=bool),
        np.array(ours, dtype=float),
        np.array(theirs, dtype=float),
        np.array(customer, dtype=int),
        np.array(day, dtype=int),
    )


def won(churner, stayer):
    return (churner > stayer) + 0.5 * (churner == stayer)


def dealt_by_definition(churned, rows, day):
    """Churner j of the m of a day comes after (j + 1) / m of its stayers."""
    places = {}
    for row in rows:
        alike = [r for r in rows if day[r] == day[row] and churned[r] == churned[row]]
        before = alike.index(row) + (1 if churned[row] else Fraction(1, 2))
        places[row] = (day[row], Fraction(before) / len(alike), row)
    return sorted(rows, key=lambda row: places[row])


def blocks_by_definition(churned, ours, theirs, customer, day):
    """Row by row; a block is full when a churner comes and a stayer is in it."""
    first = [r for r, code in enumerate(customer) if code not in set(customer[:r])]
    churners, stayers, gains = [], [], []
    for row in dealt_by_definition(churned, first, day):
        (churners if churned[row] else stayers).append(row)
        if churned[row] and stayers:
            pairs = [(c, s) for c in churners for s in stayers]
            gains.append(
                np.mean(
                    [
                        won(ours[c], ours[s]) - won(theirs[c], theirs[s])
                        for c, s in pairs
                    ]
                )
            )
            churners, stayers = [], []
    return gains


@settings(deadline=None, max_examples=200)
@given(ROWS)
def test_blocks_are_those_of_dealing_and_reading_row_by_row(rows):
    arrays = columns(rows)

    found = auc_gains(*arrays)

    assert found == pytest.approx(blocks_by_definition(*arrays), abs=1e-12)


@settings(deadline=None)
@given(ROWS, ROWS)
def test_later_days_change_no_earlier_gain(rows, later):
    moved = [(*row[:-1], row[-1] + LATER_DAYS) for row in later]
    before, after = columns(rows), columns(rows + moved)

    for first, longer in (
        (auc_gains(*before), auc_gains(*after)),
        (brier_gains(*before[:-1]), brier_gains(*after[:-1])),
    ):
        assert longer[: first.size].tolist() == first.tolist()


def test_stayers_are_dealt_out_evenly():
    churned = np.arange(600) < 30

    order = dealt(churned, np.zeros(600, dtype=int))

    assert np.diff(np.flatnonzero(churned[order]), prepend=-1).tolist() == [20] * 30


@settings(deadline=None)
@given(ROWS)
def test_gains_turn_when_the_models_swap_and_stay_within_one(rows):
    churned, ours, theirs, *others = columns(rows)

    for gains, rest in ((auc_gains, others), (brier_gains, others[:1])):
        there = gains(churned, ours, theirs, *rest)
        back = gains(churned, theirs, ours, *rest)
        assert back == pytest.approx(-there)
        assert np.abs(there).max(initial=0) <= 1


def test_blocks_worked_out_by_hand():
    # Day 1: churners 0 and 3, stayers 1 and 2, so each churner gets one: blocks (1, 0)
    # and (2, 3). Ours wins both; theirs wins the first and loses the second. Day 2's
    # stayer waits for its churner.
    churned = np.array([True, False, False, True, False])
    ours = np.array([0.9, 0.1, 0.2, 0.8, 0.5])
    theirs = np.array([0.4, 0.1, 0.4, 0.3, 0.5])

    found = auc_gains(churned, ours, theirs, np.arange(5), np.array([1, 1, 1, 1, 2]))

    assert found.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("all_churn", [True, False])
def test_one_class_or_no_row_gives_no_block(all_churn):
    scores = np.arange(4.0)

    day = np.zeros(4, dtype=int)
    one_class = np.full(4, all_churn)
    assert auc_gains(one_class, scores, scores, np.arange(4), day).size == 0
    nothing = np.array([])
    codes = nothing.astype(int)
    assert auc_gains(nothing > 0, nothing, nothing, codes, codes).size == 0


def test_blocks_expect_the_difference_of_the_areas():
    rng = np.random.default_rng(7)
    churned = rng.random(200_000) < 0.05
    ours = rng.normal(size=churned.size) + 1.4 * churned
    theirs = rng.normal(size=churned.size) + 1.0 * churned

    customers = np.arange(churned.size)
    found = auc_gains(churned, ours, theirs, customers, customers // 500)

    # Φ(1.4/√2) − Φ(1/√2), within three standard errors of the mean of the blocks.
    reach = 3 * found.std() / np.sqrt(found.size)
    assert found.mean() == pytest.approx(0.8389 - 0.7602, abs=reach)


def test_a_million_sorted_rows_are_no_trouble():
    # Half a million churners, a day each, before as many stayers: one block of 2.5e11
    # pairs.
    churned = np.append(np.arange(1_000_000) < 500_000, True)
    scores, customers = np.arange(churned.size, dtype=float), np.arange(churned.size)

    found = auc_gains(churned, -scores, scores, customers, customers)

    # The last churner alone is won by theirs and lost by ours.
    assert found == pytest.approx([(500_000 - 1) / 500_001])


def test_a_customer_counts_at_its_earliest_row():
    customer = np.array([5, 5, 2, 5, 9])

    assert earliest(customer).tolist() == [0, 2, 4]


def test_brier_gains_by_hand():
    churned = np.array([True, False, True])
    ours, theirs = np.array([0.8, 0.3, 0.0]), np.array([0.5, 0.1, 1.0])

    found = brier_gains(churned, ours, theirs, np.array([0, 1, 0]))

    # 0.25 − 0.04, 0.01 − 0.09; the third row is the first customer's again.
    assert found == pytest.approx([0.21, -0.08])


def test_net_value_gains_by_hand_and_capped():
    ours = np.array([60.0, 0.0, 500.0, -16.0])
    theirs = np.array([0.0, -16.0, -16.0, 500.0])

    found = net_value_gains(ours, theirs, np.arange(4), most_eur=200)

    assert found == pytest.approx([0.3, 0.08, 1.0, -1.0])


def test_below_the_cap_the_mean_is_the_difference_in_net_value():
    rng = np.random.default_rng(8)
    ours, theirs = rng.uniform(-20, 100, (2, 500))

    found = net_value_gains(ours, theirs, np.arange(500), most_eur=120)

    assert found.mean() * 120 == pytest.approx(ours.mean() - theirs.mean())
