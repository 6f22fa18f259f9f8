import numpy as np

from churn.model.outcomes import outcomes_document
from churn.monitoring.documents import read_scores
from churn.scoring.decision import Economics, contact, expected_net_value
from tests.day_rows import with_groups
from tests.snapshot_rows import rows

ECONOMICS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)


def test_outcomes_are_those_of_contacting_whom_the_model_would() -> None:
    window = with_groups(rows(60, seed=4))
    p = np.linspace(0.01, 0.99, 60)

    document = outcomes_document(window, p, ECONOMICS)

    value = window["customer_value"].to_numpy()
    reached = contact(p, value, ECONOMICS)
    churn = window["is_churn"].to_numpy()
    realised = expected_net_value(churn.astype(float), value, ECONOMICS)[reached]
    scores = read_scores(document["scores"])
    assert scores.n_contacted.sum() == reached.sum()
    assert scores.n_contacted_churners is not None
    assert scores.n_contacted_churners.sum() == (churn & reached).sum()
    assert scores.realised_net_sum_eur is not None
    np.testing.assert_allclose(scores.realised_net_sum_eur.sum(), realised.sum())
    assert set(document["slices"]) == {
        "by_region=north",
        "by_region=south",
        "by_region=(missing)",
    }
