from itertools import chain

import numpy as np
import pytest

from churn.evaluation import intervals
from churn.evaluation.calibration import errors_of_probability
from churn.evaluation.decisions import decisions
from churn.evaluation.intervals import bootstrap_weights, centred, estimate, measure
from churn.scoring.decision import Economics, expected_net_value

CUSTOMER = np.array([0, 0, 1, 2, 2, 2, 3])


def drawn(resamples=500, seed=1):
    blocks = bootstrap_weights(CUSTOMER, resamples=resamples, seed=seed)
    return np.concatenate(list(blocks), axis=1)


def test_all_rows_of_a_customer_are_drawn_together():
    weights = drawn()

    assert (weights[0] == weights[1]).all()
    assert (weights[3] == weights[4]).all()
    assert (weights[0] != weights[3]).any()


def test_as_many_customers_are_drawn_as_there_are():
    assert (drawn()[[0, 2, 3, 6]].sum(axis=0) == 4).all()


def test_every_customer_is_drawn_once_on_average():
    assert drawn(5000).mean(axis=1) == pytest.approx(1.0, abs=0.05)


def test_same_seed_same_weights_and_another_seed_others():
    assert (drawn(seed=1) == drawn(seed=1)).all()
    assert (drawn(seed=1) != drawn(seed=2)).any()


def test_blocks_do_not_change_what_is_drawn(monkeypatch):
    whole = drawn(50)
    monkeypatch.setattr(intervals, "CELLS_PER_BLOCK", 7 * 8)

    assert len(list(bootstrap_weights(CUSTOMER, resamples=50, seed=1))) == 7
    assert (drawn(50) == whole).all()


def test_measure_joins_the_blocks_of_scalars_and_of_curves():
    def kernel(weights):
        return {"sum": weights.sum(axis=0), "rows": weights * 1.0}

    found = measure({"it": kernel}, iter([np.ones((2, 3)), np.zeros((2, 1))]))

    assert found["it"]["sum"].tolist() == [2.0, 2.0, 2.0, 0.0]
    assert found["it"]["rows"].shape == (2, 4)


def test_interval_holds_the_middle_95_percent():
    found = estimate(50.0, np.arange(101.0), n=3)

    assert (found.low, found.high, found.n) == (pytest.approx(2.5), 97.5, 3)


@pytest.mark.parametrize(("n_undefined", "has_interval"), [(10, True), (11, False)])
def test_interval_needs_nine_of_ten_resamples(n_undefined, has_interval):
    draws = np.where(np.arange(100) < n_undefined, np.nan, 1.0)

    found = estimate(1.0, draws, n=3)

    assert found.value == 1.0
    assert (found.low == 1.0) is has_interval
    assert (found.high is None) is not has_interval


def test_undefined_value_has_no_interval():
    found = estimate(np.nan, np.ones(10), n=3)

    assert (found.value, found.low, found.high) == (None, None, None)


def test_no_resamples_give_no_interval():
    assert estimate(1.0, np.array([]), n=3).low is None


def test_centred_resamples_never_fall_below_zero():
    assert centred(np.array([0.0, 1.0, 2.0]), 0.5).tolist() == [0.0, 0.5, 1.5]


def test_interval_of_a_mean_covers_the_truth_about_as_often_as_it_says():
    # Each customer has one of two rows with the same value: rows as such would be
    # taken for twice the evidence there is, and cover far less.
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(400):
        values = np.repeat(rng.normal(size=60), 2)
        customer = np.repeat(np.arange(60), 2)
        blocks = bootstrap_weights(customer, resamples=200, seed=seed)
        means = np.concatenate([values @ w / w.sum(axis=0) for w in blocks])
        found = estimate(float(values.mean()), means, n=120)
        covered += found.low <= 0 <= found.high

    assert 0.90 <= covered / 400 <= 0.985


CHANCE = np.array([0.02, 0.1, 0.4])
COSTS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)


def figures(is_churn, probability, customer, seed):
    """Log loss, net value, and the gain in log loss over half the probability."""
    value = expected_net_value(
        is_churn.astype(float), np.full(customer.size, 200), COSTS
    )
    contacted = probability > 0.164
    own, half = (
        errors_of_probability(is_churn, p) for p in (probability, probability / 2)
    )
    money = decisions(is_churn, contacted, value, contacted)
    blocks = chain(
        [np.ones((customer.size, 1))],
        bootstrap_weights(customer, resamples=200, seed=seed),
    )
    found = measure({"own": own, "half": half, "money": money}, blocks)
    return {
        "log_loss": found["own"]["log_loss"],
        "net_value": found["money"]["net_value_per_1000_eur"],
        "gain": found["half"]["log_loss"] - found["own"]["log_loss"],
    }


def truth(probability):
    """What the three figures tend to when there is no end of customers."""

    def loss(p):
        return -np.mean(probability * np.log(p) + (1 - probability) * np.log(1 - p))

    contacted = probability > 0.164
    value = expected_net_value(probability, np.full(probability.size, 200.0), COSTS)
    return {
        "log_loss": loss(probability),
        "net_value": 1000 * np.mean(contacted * value),
        "gain": loss(probability / 2) - loss(probability),
    }


@pytest.mark.parametrize("name", ["log_loss", "net_value", "gain"])
def test_intervals_cover_the_truth_when_the_number_of_churners_is_chance_too(name):
    rng = np.random.default_rng(5)
    probability, customer = np.repeat(CHANCE, 200), np.arange(600)
    goal = truth(probability)[name]
    covered = 0
    for seed in range(300):
        is_churn = rng.random(600) < probability
        draws = figures(is_churn, probability, customer, seed)[name]
        found = estimate(float(draws[0]), draws[1:], n=600)
        covered += found.low <= goal <= found.high

    assert 0.91 <= covered / 300 <= 0.985
