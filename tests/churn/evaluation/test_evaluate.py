from dataclasses import replace
from datetime import date

import msgspec
import numpy as np
import polars as pl
import pytest

from churn.evaluation.asked import Asked
from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.evaluate import evaluate
from churn.evaluation.evidence import Evidence, no_behaviour
from churn.evaluation.metrics import METRICS, roc_auc
from churn.evaluation.observations import NOTHING_OBSERVED
from churn.evaluation.scorecard import Scorecard
from churn.scoring.decision import Economics, contact
from churn.significance.delong import compare_auc, interval

COSTS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
PLAN = EvaluationPlan(
    resamples=100, seed=3, slice_min_rows=50, high_value_quantile=0.75
)
N = 600


def world():
    """Test rows whose true probabilities are known, three rows a customer."""
    rng = np.random.default_rng(8)
    truth = 1 / (1 + np.exp(-rng.normal(-1, 1.5, N)))
    test = pl.DataFrame(
        {
            "customer": [i // 3 for i in range(N)],
            "snapshot_date": [date(2025, 1 + i % 3, 1) for i in range(N)],
            "customer_value": rng.lognormal(5, 0.5, N),
            "is_churn": rng.random(N) < truth,
            "slice__plan": rng.choice(
                ["basic", "family", "tiny"], N, p=[0.6, 0.37, 0.03]
            ),
        }
    )
    noise = rng.normal(0, 1, N)
    return test, truth, 1 / (1 + np.exp(-(np.log(truth / (1 - truth)) + noise)))


TEST, TRUTH, NOISY = world()


def evidence(probability=NOISY, *, champion=None, oracle=TRUTH, plan=PLAN):
    scores = {
        "challenger": probability,
        "rival__majority": np.full(N, TEST["is_churn"].mean()),
        "rival__champion": champion,
        "rival__oracle": oracle,
    }
    known = {name: found for name, found in scores.items() if found is not None}
    return Evidence(
        rows=TEST.with_columns(pl.Series(n, found) for n, found in known.items()),
        behaviour=no_behaviour(),
        observations=NOTHING_OBSERVED,
        economics=COSTS,
        plan=plan,
        champion_version=None if champion is None else "4",
        champion_is_same_bundle=champion is not None,
        descriptions={name.removeprefix("rival__"): "somebody" for name in known},
    )


def scorecard(probability=NOISY, **changes):
    return evaluate(evidence(probability, **changes), {"tenure_days": 0.1}).scorecard


CARD = scorecard()


def test_every_metric_has_a_figure_with_an_interval_around_it():
    assert set(CARD.figures) == set(METRICS)
    for name, figure in CARD.figures.items():
        assert figure.low <= figure.value <= figure.high, name


def test_the_interval_of_the_calibration_error_is_around_it():
    found = scorecard(TRUTH).figures["ece"]

    middle = (found.low + found.high) / 2
    assert abs(middle - found.value) < (found.high - found.low) / 4


def test_the_rows_are_described():
    assert (CARD.n_rows, CARD.n_customers) == (N, N // 3)
    assert CARD.n_churners == TEST["is_churn"].sum()
    assert (CARD.first_snapshot, CARD.last_snapshot) == (
        date(2025, 1, 1),
        date(2025, 3, 1),
    )
    assert CARD.importance == {"tenure_days": 0.1}


def test_figures_rest_on_the_rows_they_count():
    churned, high = TEST["is_churn"].to_numpy(), TEST["customer_value"].to_numpy()
    contacted = contact(NOISY, high, COSTS)

    counts = {name: figure.n for name, figure in CARD.figures.items()}

    assert counts["roc_auc"] == N
    assert counts["precision"] == contacted.sum()
    assert counts["recall"] == churned.sum()
    is_high = high >= np.quantile(high, 0.75)
    assert counts["high_value_recall"] == (churned & is_high).sum()


def test_the_deployed_decision_is_what_is_measured():
    churned = TEST["is_churn"].to_numpy()
    contacted = contact(NOISY, TEST["customer_value"].to_numpy(), COSTS)

    assert CARD.figures["precision"].value == churned[contacted].mean()
    assert CARD.figures["contact_rate"].value == contacted.mean()


def test_a_gain_in_calibration_may_be_below_nothing():
    gain = scorecard(NOISY).opponents["oracle"].gains["ece"]

    assert gain.low <= gain.value <= gain.high
    assert gain.low < -0.03


def test_gains_are_differences_with_a_narrower_interval_than_their_parts():
    oracle = CARD.opponents["oracle"]
    gain = oracle.gains["roc_auc"]

    model, best = CARD.figures["roc_auc"], oracle.figures["roc_auc"]
    assert gain.value == pytest.approx(model.value - best.value)
    assert gain.high < 0
    assert gain.high - gain.low < model.high - model.low
    assert oracle.gains["log_loss"].high < 0
    assert "contact_rate" not in oracle.gains


def test_gain_over_oneself_is_exactly_nothing():
    card = scorecard(champion=NOISY)

    gain = card.opponents["champion"].gains["log_loss"]
    assert (gain.value, gain.low, gain.high) == (0.0, 0.0, 0.0)
    assert (card.champion_version, card.champion_is_same_bundle) == ("4", True)


def test_without_champion_and_oracle_there_are_only_baselines():
    card = scorecard(oracle=None)

    assert list(card.opponents) == ["majority"]
    assert (card.champion_version, card.champion_is_same_bundle) == (None, False)


def test_undefined_figures_of_a_rival_are_none():
    majority = CARD.opponents["majority"]

    assert majority.figures["calibration_slope"].value is None
    assert majority.gains["calibration_slope"].value is None
    assert majority.figures["roc_auc"].value == 0.5


def test_high_value_recall_of_a_rival_is_taken_at_the_model_s_number_of_contacts():
    churned, value = TEST["is_churn"].to_numpy(), TEST["customer_value"].to_numpy()
    high = value >= np.quantile(value, 0.75)
    budget = contact(NOISY, value, COSTS)[high].sum()
    best = np.argsort(-TRUTH[high])[:budget]
    expected = churned[high][best].sum() / churned[high].sum()

    oracle, majority = CARD.opponents["oracle"], CARD.opponents["majority"]

    name = "high_value_recall_at_contact_rate"
    assert oracle.figures[name].value == pytest.approx(expected)
    assert majority.figures[name].value == pytest.approx(budget / high.sum())
    reached = CARD.figures["high_value_recall"].value
    ratio = oracle.figures["high_value_recall_ratio"]
    assert ratio.value == pytest.approx(reached / expected)
    assert ratio.low <= ratio.value <= ratio.high
    assert oracle.gains[name].value == pytest.approx(reached - expected)


def test_slices_are_measured_on_their_rows_and_small_ones_are_named():
    basic, family = CARD.slices
    rows = (TEST["slice__plan"] == "basic").to_numpy()

    assert (basic.group, family.group) == ("basic", "family")
    assert basic.n_rows == rows.sum() == basic.figures["roc_auc"].n
    churned = TEST["is_churn"].to_numpy()[rows]
    expected = roc_auc(churned, NOISY[rows], np.ones(rows.sum()))
    assert basic.figures["roc_auc"].value == expected
    assert basic.n_churners == churned.sum()
    assert "tiny" in CARD.definitions["slices_left_out"]


def test_curves_end_at_everybody():
    assert len(CARD.lift) <= 101
    assert (CARD.lift[-1].x, CARD.lift[-1].y) == (1.0, 1.0)
    assert CARD.profit[-1].x == 1.0
    everybody = (
        CARD.figures["net_value_per_1000_eur"].value
        - CARD.figures["gain_over_contact_everybody_per_1000_eur"].value
    )
    assert CARD.profit[-1].y == pytest.approx(everybody)
    assert CARD.profit[-1].low < everybody < CARD.profit[-1].high


def test_same_seed_same_bytes_and_they_can_be_read_back():
    written = msgspec.json.encode(CARD)

    assert msgspec.json.encode(scorecard()) == written
    assert msgspec.json.encode(msgspec.json.decode(written, type=Scorecard)) == written


def test_another_seed_moves_intervals_and_no_value():
    other = scorecard(
        plan=EvaluationPlan(
            resamples=100, seed=4, slice_min_rows=50, high_value_quantile=0.75
        )
    )

    assert other.figures["roc_auc"].value == CARD.figures["roc_auc"].value
    assert other.figures["roc_auc"].low != CARD.figures["roc_auc"].low


def test_order_of_rows_changes_no_value():
    order = np.random.default_rng(0).permutation(N)
    whole = evidence()
    shuffled = evaluate(replace(whole, rows=whole.rows[order]), {}).scorecard

    for name, figure in shuffled.figures.items():
        assert figure.value == pytest.approx(CARD.figures[name].value), name


def test_a_gain_in_roc_auc_has_delong_s_interval_by_customer():
    churned = TEST["is_churn"].to_numpy()
    found = compare_auc(churned, NOISY, TRUTH, TEST["customer"].to_numpy())

    gain = CARD.opponents["oracle"].gains["roc_auc"]

    assert (gain.low, gain.high) == interval(found, error_rate=0.025)
    assert gain.value == found.difference


ERRORS = frozenset({"errors"})


def test_what_is_not_asked_for_is_not_there():
    asked = Asked(model=ERRORS, rivals={"oracle": ERRORS, "champion": ERRORS})

    found = evaluate(evidence(), {}, asked).scorecard

    assert set(found.figures) == {"log_loss", "brier", "ece"}
    assert set(found.opponents) == {"oracle"}
    assert set(found.opponents["oracle"].gains) == {"log_loss", "brier", "ece"}
    assert (found.slices, found.lift, found.definitions) == ((), (), {})
    assert found.figures["brier"].low is None


def test_what_is_asked_for_is_to_the_bit_what_everything_has():
    asked = Asked(
        model=ERRORS,
        slices=frozenset({"ranking"}),
        rivals={"oracle": ERRORS},
        resampled=True,
    )

    found = evaluate(evidence(), {}, asked).scorecard

    assert found.figures["ece"] == CARD.figures["ece"]
    gains = found.opponents["oracle"].gains
    assert gains["log_loss"] == CARD.opponents["oracle"].gains["log_loss"]
    areas = [part.figures["roc_auc"] for part in found.slices]
    assert areas == [part.figures["roc_auc"] for part in CARD.slices]
