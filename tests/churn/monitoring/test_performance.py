import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, f1_score, precision_score, recall_score

from churn.errors import DataError
from churn.monitoring.churn_sums import ChurnSums, expected, known, stacked
from churn.monitoring.grid import score_bins
from churn.monitoring.performance import (
    Reading,
    estimate,
    figures,
    ratio,
    roc_auc,
    roc_auc_slopes,
)
from churn.monitoring.scores import ScoredRows, count_scores
from churn.scoring.decision import Economics, contact, expected_net_value
from churn.significance.delong import compare_auc

ECONOMICS = Economics(offer_eur=15.0, contact_eur=1.0, acceptance_rate=0.3)


def rows(n: int, seed: int = 0) -> ScoredRows:
    rng = np.random.default_rng(seed)
    probability, value = rng.beta(1, 6, n), rng.lognormal(5, 1, n)
    return ScoredRows(
        probability=probability,
        customer_value=value,
        is_contacted=contact(probability, value, ECONOMICS),
        is_churn=rng.random(n) < probability,
    )


def sums(n, churn, churn_square=None) -> ChurnSums:
    nothing = np.zeros(len(n))
    square = churn if churn_square is None else churn_square
    parts = [n, nothing, nothing, churn, square, *[nothing] * 5]
    return ChurnSums(*(np.array(part, dtype=float) for part in parts))


def test_the_area_of_hand_counted_bins():
    # Of 4 pairs of a churner and a loyal one is won, two are ties, one is won: 3 / 4.
    found = roc_auc(sums([2, 2], [0, 2]), 4)
    tied = roc_auc(sums([2, 2], [1, 1]), 4)
    three_quarters = roc_auc(sums([1, 2, 1], [0, 1, 1]), 4)

    assert found.value == 1.0
    assert tied.value == 0.5
    assert three_quarters.value == 0.875


def test_by_labels_area_and_error_are_those_of_delong():
    of = rows(3000)
    bins = score_bins(of.probability).astype(float)
    delong = compare_auc(of.is_churn, bins, np.zeros(3000))

    found = roc_auc(known(count_scores(of, ECONOMICS)), 3000)

    assert found.value == pytest.approx(delong.first_auc, abs=1e-12)
    # DeLong's variances are corrected for their estimated means, one in n each.
    assert found.error == pytest.approx(delong.standard_error, rel=3e-3)


def test_by_probabilities_the_area_is_the_mean_over_labels_that_might_be():
    of = rows(400)
    rng = np.random.default_rng(1)
    counts = count_scores(of, ECONOMICS)
    areas = []
    for _ in range(200):
        labels = ScoredRows(
            **{**vars(of), "is_churn": rng.random(400) < of.probability}
        )
        areas.append(float(roc_auc(known(count_scores(labels, ECONOMICS)), 1).value))

    found = roc_auc(expected(counts), 400)

    assert found.value == pytest.approx(np.mean(areas), abs=0.01)


def test_the_error_of_an_estimated_area_is_its_spread_over_samples():
    areas = [
        roc_auc(expected(count_scores(rows(500, seed), ECONOMICS)), 500)
        for seed in range(200)
    ]

    spread = np.std([one.value for one in areas])

    assert np.mean([one.error for one in areas]) == pytest.approx(spread, rel=0.15)


def test_by_labels_the_figures_are_those_of_the_rows():
    of = rows(2000)
    net = expected_net_value(of.is_churn.astype(float), of.customer_value, ECONOMICS)

    found = figures(known(count_scores(of, ECONOMICS)), 2000)

    assert found["precision"].value == pytest.approx(
        precision_score(of.is_churn, of.is_contacted)
    )
    assert found["recall"].value == pytest.approx(
        recall_score(of.is_churn, of.is_contacted)
    )
    assert found["f1"].value == pytest.approx(f1_score(of.is_churn, of.is_contacted))
    assert found["accuracy"].value == pytest.approx(
        np.mean(of.is_churn == of.is_contacted)
    )
    assert found["brier"].value == pytest.approx(
        brier_score_loss(of.is_churn, of.probability), abs=1e-4
    )
    assert found["net_value_per_1000_eur"].value == pytest.approx(
        1000 * np.mean(net * of.is_contacted)
    )


def test_errors_of_ratios_are_those_of_a_bootstrap():
    of, rng = rows(1500), np.random.default_rng(2)
    draws = []
    for _ in range(200):
        who = rng.integers(0, 1500, 1500)
        drawn = ScoredRows(**{k: v[who] for k, v in vars(of).items()})
        draws.append(figures(known(count_scores(drawn, ECONOMICS)), 1))

    found = figures(known(count_scores(of, ECONOMICS)), 1500)

    for name in ("recall", "precision", "f1", "accuracy", "brier"):
        spread = np.std([draw[name].value for draw in draws])
        assert found[name].error == pytest.approx(spread, rel=0.2), name


def test_groups_side_by_side_are_what_each_is_alone():
    one, other = (known(count_scores(rows(300, seed), ECONOMICS)) for seed in (3, 4))

    both = figures(stacked([one, other]), np.array([300.0, 300.0]))

    for place, alone in enumerate((figures(one, 300.0), figures(other, 300.0))):
        for name, reading in alone.items():
            assert both[name].value[place] == pytest.approx(reading.value)
            assert both[name].error[place] == pytest.approx(reading.error)


def test_the_slopes_of_the_area_are_its_differences():
    of = known(count_scores(rows(800), ECONOMICS))
    place, step = int(of.n.argmax()), 1e-6
    more = of.churn.copy()
    more[place] += step * of.n[place]
    moved = ChurnSums(**{**vars(of), "churn": more})

    slope = (roc_auc(moved, 1).value - roc_auc(of, 1).value) / step

    assert roc_auc_slopes(of)[place] == pytest.approx(slope, rel=1e-3)


def test_half_the_effective_rows_make_errors_wider_by_the_root_of_two():
    of = known(count_scores(rows(500), ECONOMICS))

    all_of_them, half = ratio(of, "recall", 500.0), ratio(of, "recall", 250.0)

    assert half.error == pytest.approx(all_of_them.error * np.sqrt(2))


counts = st.lists(st.integers(0, 5), min_size=3, max_size=3)


@settings(max_examples=60)
@given(counts, counts)
def test_figures_are_none_or_finite_whatever_the_counts(loyal, churners):
    n = np.array(loyal) + np.array(churners)
    found = figures(sums(n, churners), float(n.sum()))

    for name, reading in found.items():
        told = estimate(name, reading, int(n.sum()))

        assert all(
            v is None or np.isfinite(v) for v in (told.value, told.low, told.high)
        )


def test_an_undefined_figure_has_no_interval():
    nothing = Reading(np.array(np.nan), np.array(np.nan))

    assert estimate("roc_auc", nothing, 3).value is None


def test_counts_without_labels_are_not_taken_for_known():
    of = ScoredRows(**{**vars(rows(10)), "is_churn": None})

    with pytest.raises(DataError, match="expected counts with labels"):
        known(count_scores(of, ECONOMICS))
