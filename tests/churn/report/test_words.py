import pytest

from churn.evaluation.metrics import METRICS, OF_OPPONENTS
from churn.report.words import DIRECTION, FORMS, in_order, metric, stage_sentence


def test_every_measured_figure_has_a_label_of_its_own():
    labels = [label for label, _ in FORMS.values()]

    assert set(FORMS) == {*METRICS, *OF_OPPONENTS}
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_figure_has_a_direction_and_a_sentence(name):
    words = metric(name)

    assert words.better in DIRECTION
    assert words.meaning.endswith(".")


def test_money_is_written_as_money_and_shares_as_percent():
    for name in FORMS:
        form = metric(name).form
        assert (form == "eur") == name.endswith("_eur")
        assert form == "share" or not name.endswith(("_rate", "_share"))


def test_an_unlisted_figure_is_shown_last_under_its_own_name():
    assert in_order(["profit_eur", "roc_auc"]) == ["roc_auc", "profit_eur"]
    assert metric("profit_eur").label == "Profit eur"


@pytest.mark.parametrize("stage", ["production", "staging", "waiting", "rejected"])
def test_each_stage_is_told_in_its_own_sentence(stage):
    assert stage_sentence(stage, "7").startswith("Version 7 ")
    assert stage_sentence(stage, "7") != stage_sentence("elsewhere", "7")


def test_an_unlisted_stage_is_named():
    assert stage_sentence("archived", "7") == "Version 7 is in stage archived."
