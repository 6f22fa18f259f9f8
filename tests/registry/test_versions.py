import pytest

from registry.errors import UnknownVersionError
from registry.versions import find, versions
from tests.ledger_histories import History, usual


def test_each_version_stands_where_its_events_brought_it():
    stages = {each.version: each.stage for each in versions(usual().events)}

    assert stages == {
        "1": "retired",
        "2": "production",
        "3": "refused",
        "4": "staging",
        "5": "waiting",
    }


def test_what_left_its_stage_says_how():
    history = usual().trained(6, "waiting", against=2).add("archived", 4)
    history.add("rolled_back", 1, {"from": "2"}).add("registered", 7)

    stages = {each.version: each.stage for each in versions(history.events)}

    assert stages == {
        "1": "production",
        "2": "rolled back",
        "3": "refused",
        "4": "archived",
        "5": "overtaken",
        "6": "overtaken",
        "7": "registered",
    }


def test_a_version_tells_its_decision_its_rival_its_features_and_its_approvers():
    history = usual().add("approved", 4, actor="bo").add("approved", 4, actor="cy")
    history.add("approved", 4, actor="bo")

    one = find(history.events, "4")

    assert one.is_approved
    assert one.compared_with == "2"
    assert one.features == ("tenure_days", "failed_payments_90d")
    assert one.approvers == ("bo", "cy")
    assert one.last.kind == "approved"
    assert not find(history.events, "3").is_approved


def test_an_unknown_version_is_answered_with_the_nearest():
    history = History().trained(12, None).trained(7, None)

    with pytest.raises(UnknownVersionError, match="no version 122 .* nearest is 12"):
        find(history.events, "122")


def test_of_two_versions_with_one_number_the_newer_is_meant():
    history = History().trained(1, None).add("registered", 1, version_id="id-new")

    assert find(history.events, "1").version_id == "id-new"
