"""`models card` on a ledger filled by hand."""

import pytest

from churn.errors import UsageError
from tests.ledger_histories import History, in_rollout, usual
from tests.model_commands import said


@pytest.fixture(autouse=True)
def filled(here):
    usual(here.model).write(here.store("ledger"))


def test_a_card_says_what_a_person_must_know_to_approve():
    text = said("card", "2")

    for words in (
        "### Version 2 of subscriptions: approved, production",
        "Policy improve, approved: 6 of 7 gates passed",
        "held against version 1",
        "| ROC-AUC | 0.800 | ",
        "| run | training-2 |",
        "| features | 2 features |",
    ):
        assert words in text


def test_every_gate_has_a_line_with_its_outcome():
    lines = said("card", "2").splitlines()

    start = lines.index("| gate | outcome | found |")
    gates = lines[start + 2 : lines.index("", start)]

    assert len(gates) == 7
    assert {line.split(" | ")[1] for line in gates} == {"pass", "open"}


def test_the_candidate_is_the_newest_version():
    assert said("card", "--candidate") == said("card", "5")


def test_a_version_in_staging_says_how_it_goes_on(here):
    history = History(here.model.replace("subscriptions", "telco"))
    history.trained(1, "staged").write(here.store("ledger"))

    text = said("card", "1", "--dataset", "telco")

    command = 'python run.py models promote 1 --reason "..." --dataset telco'
    assert f"Next: `{command}`." in text


def test_a_version_whose_rollout_has_begun_is_not_to_be_promoted_again(here):
    telco = here.model.replace("subscriptions", "telco")
    in_rollout("shadow", model=telco).write(here.store("ledger"))

    text = said("card", "4", "--dataset", "telco")

    command = "python run.py --pipeline deployment --dataset telco"
    assert f"Next: `{command}` brings its rollout on." in text
    assert "models promote" not in text


def test_a_refused_version_says_which_gate_failed(here):
    history = History(here.model.replace("subscriptions", "telco"))
    history.trained(1, None).write(here.store("ledger"))

    text = said("card", "1", "--dataset", "telco")

    assert "### Version 1 of telco: refused\n" in text
    assert "| FAIL |" in text


def test_a_reason_cannot_mention_a_person_nor_open_a_cell(here):
    history = History(here.model.replace("subscriptions", "telco"))
    history.add("registered", 1, reason="by @ada | <img src=x> ![](http://x)")
    history.write(here.store("ledger"))

    text = said("card", "1", "--dataset", "telco")

    reason = next(line for line in text.splitlines() if "registered | " in line)
    assert reason.count("|") == 5
    assert not {"@", "<", "[", "!["} & set(reason)


@pytest.mark.parametrize("words", [("card",), ("card", "2", "--candidate")])
def test_one_version_is_named(words):
    with pytest.raises(UsageError, match="either VERSION or --candidate"):
        said(*words)
