import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from churn.evaluation.decisions import decisions
from churn.evaluation.metrics import contact_rate, f1, precision, recall

ROWS = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.integers(1, 3)), min_size=1, max_size=20
)


def figures(churned, contacted, net_value, high, weight=None):
    kernel = decisions(
        np.array(churned), np.array(contacted), np.array(net_value), np.array(high)
    )
    weight = np.ones(len(churned)) if weight is None else np.array(weight)
    return {name: value[0] for name, value in kernel(weight[:, None]).items()}


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_precision_recall_and_f1_agree_with_scikit_learn(rows):
    churned, contacted, weight = (np.array(c) for c in zip(*rows, strict=True))
    known = {"sample_weight": weight, "zero_division": np.nan}
    weight = weight.astype(float)

    for ours, theirs in (
        (precision, precision_score),
        (recall, recall_score),
        (f1, f1_score),
    ):
        expected = theirs(churned, contacted, **known)
        found = ours(churned, contacted, weight)
        assert (np.nan if found is None else found) == pytest.approx(
            expected, nan_ok=True
        )


def test_figures_by_hand():
    found = figures(
        churned=[True, True, False, False, True],
        contacted=[True, False, True, False, True],
        net_value=[50.0, 60.0, -11.0, -12.0, 10.0],
        high=[True, True, True, False, False],
    )

    assert found == pytest.approx(
        {
            "precision": 2 / 3,
            "recall": 2 / 3,
            "f1": 2 / 3,
            "contact_rate": 3 / 5,
            "high_value_recall": 1 / 2,
            "net_value_per_1000_eur": 1000 * (50 - 11 + 10) / 5,
            "gain_over_contact_everybody_per_1000_eur": 1000 * (49 - 97) / 5,
        }
    )


def test_weights_count_rows_more_than_once():
    found = figures(
        [True, False], [True, True], [50.0, -10.0], [True, True], [3.0, 1.0]
    )

    assert found["precision"] == 0.75
    assert found["net_value_per_1000_eur"] == 35_000


def test_contacting_nobody_earns_nothing_and_has_no_precision():
    found = figures([True, False], [False, False], [50.0, -10.0], [False, True])

    assert found["net_value_per_1000_eur"] == 0
    assert found["recall"] == 0
    assert np.isnan(found["precision"])
    assert np.isnan(found["high_value_recall"])


def test_rate_is_the_share_of_weight_contacted():
    churned = np.array([True, False, False])
    contacted = np.array([False, True, False])

    assert contact_rate(churned, contacted, np.array([1.0, 2.0, 1.0])) == 0.5
