"""`models show` on a ledger filled by hand."""

import pytest

from registry.errors import UnknownVersionError
from tests.ledger_histories import usual
from tests.model_commands import said, told


@pytest.fixture(autouse=True)
def filled(here):
    usual(here.model).write(here.store("ledger"))


def test_a_version_is_shown_with_figures_gates_origin_and_history():
    document = told("show", "2")

    assert (document["version"], document["stage"]) == ("2", "production")
    assert (document["compared_with"], document["approvers"]) == ("1", ["bo"])
    assert document["figures"]["roc_auc"]["value"] == pytest.approx(0.8423 * 0.95)
    assert document["decision"]["approved"]
    assert document["registered"]["parameters"] == {"max_depth": 2}
    assert document["lineage"]["run"] == "training-2"
    kinds = [event["kind"] for event in document["events"]]
    assert kinds == [
        *("registered", "evaluated", "decided", "staged", "approved", "promoted")
    ]


def test_a_person_reads_the_same():
    text = said("show", "2")

    for words in (
        "2, production",
        "max_depth 2",
        "tenure_days failed_payments_90d",
        "ROC-AUC",
        "policy improve, approved: 6 of 7 gates passed",
        "promoted 2",
        "worth it",
    ):
        assert words in text


def test_a_version_nobody_knows_is_answered_with_the_nearest():
    with pytest.raises(UnknownVersionError, match="no version 22 .*; nearest is 2"):
        said("show", "22")


def test_a_version_that_was_only_registered_says_that_it_was_not_decided(here):
    from tests.ledger_histories import History

    history = History(here.model.replace("subscriptions", "telco"))
    history.add("registered", 1, {"kind": "xgboost"}).write(here.store("ledger"))

    text = said("show", "1", "--dataset", "telco")

    assert "1, registered" in text
    assert "never decided upon" in text
