import numpy as np
import pytest
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.promotions import business
from benchmarks.simulated_evidence import day_by_day, simulated


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    evidence = simulated(business(0.05), rng, gain=0.02, rows_a_day=100_000, n_days=2)
    return evidence.rows


def test_each_model_ranks_as_well_as_stated(rows):
    aucs = {
        name: roc_auc_score(rows["is_churn"], rows[name])
        for name in ("challenger", "rival__champion", "rival__logistic")
    }

    # The standard error of a ROC-AUC of 0.85 on 10,000 churners is below 0.002.
    assert aucs["challenger"] == pytest.approx(0.87, abs=0.006)
    assert aucs["rival__champion"] == pytest.approx(0.85, abs=0.006)
    assert aucs["rival__logistic"] == pytest.approx(0.82, abs=0.006)


@pytest.mark.parametrize("is_churn", [True, False])
def test_scores_correlate_as_stated_given_the_label(rows, is_churn):
    part = rows.filter(rows["is_churn"] == is_churn)

    found = np.corrcoef(logit(part["challenger"]), logit(part["rival__champion"]))

    assert found[0, 1] == pytest.approx(0.9, abs=0.01)


def test_probabilities_are_exact(rows):
    odds = logit(rows["challenger"].to_numpy())[:, None]

    line = LogisticRegression(C=np.inf).fit(odds, rows["is_churn"])

    assert line.coef_[0, 0] == pytest.approx(1, abs=0.05)
    assert line.intercept_[0] == pytest.approx(0, abs=0.1)


def test_the_same_seed_gives_the_same_rows():
    first, again = (
        simulated(
            business(0.05), np.random.default_rng(3), gain=0.0, rows_a_day=50, n_days=2
        )
        for _ in range(2)
    )

    assert first.rows.equals(again.rows)


def test_a_look_has_the_rows_of_all_days_so_far():
    rng = np.random.default_rng(3)
    evidence = simulated(business(0.05), rng, gain=0.0, rows_a_day=50, n_days=4)

    looks = day_by_day(evidence, rows_a_day=50)

    assert [len(look.rows) for look in looks] == [50, 100, 150, 200]
    assert [look.rows["snapshot_date"].n_unique() for look in looks] == [1, 2, 3, 4]
    assert looks[-1].rows.equals(evidence.rows)
