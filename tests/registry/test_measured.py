from registry.measured import decision, figures, is_override, tags
from registry.versions import find, versions
from tests.ledger_histories import History, usual
from tests.scorecards import APPROVED
from tests.scorecards import figures as measured


def test_figures_and_decision_come_back_as_they_were_measured():
    version = find(usual().events, "4")

    assert figures(version) == measured()
    assert decision(version.event("decided")) == APPROVED


def test_a_version_that_was_never_measured_has_neither():
    (version,) = versions(History().add("registered", 1).events)

    assert figures(version) == {}
    assert decision(version.event("decided")) is None
    assert tags(version) == ()


def test_tags_name_the_kind_the_decision_the_policy_and_an_override():
    history = usual().add("promoted", 3, {"override": True, "decision": None})

    assert tags(find(history.events, "4")) == ("xgboost", "approved", "improve")
    assert tags(find(history.events, "3")) == (
        *("xgboost", "rejected", "improve", "override"),
    )
    assert is_override(history.events[-1])
