from tests.churn.gates.checks import check
from tests.churn.gates.figures import case
from tests.evidences import evidence


def test_a_case_holds_what_its_checks_asked_for_and_no_more():
    found = case(
        evidence(100, champion_auc=0.8),
        check("ceiling", metric="brier", by="value", bound=0.5),
        stage="production",
    )

    assert set(found.scorecard.figures) == {"log_loss", "brier", "ece"}
    assert found.contest.rows.n_rows == 100
    assert found.contest.rivals == {}
    assert found.stage == "production"
