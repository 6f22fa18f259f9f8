"""Each transition, and each line with which it is refused."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from registry.errors import RefusedError
from registry.transitions import Act, approve, archive, plain, promote, rollback
from registry.versions import find
from tests.ledger_histories import History, usual
from tests.scorecards import APPROVED, REFUSED

ADA = Act("ada", datetime(2026, 4, 1, tzinfo=UTC), "a quarter better")
BO = replace(ADA, actor="bo")


def promoted(history: History, version: str, **told):
    known = {"decision": APPROVED, "override": False} | told
    return promote(history.events, version, ADA, **known)


def test_an_approved_version_goes_live_with_the_decision_it_rests_on():
    history = usual().add("approved", 4, actor="bo")

    (event,) = promoted(history, "4")

    assert (event.kind, event.version, event.sequence) == (
        "promoted",
        "4",
        len(history.events) + 1,
    )
    assert (event.actor, event.reason, event.at) == ("ada", ADA.reason, ADA.at)
    assert event.lineage == find(history.events, "4").lineage
    assert event.evidence == {
        "decision": plain(APPROVED),
        "override": False,
        "approvers": ["bo"],
        "from": "2",
    }


def test_a_version_may_be_promoted_past_the_one_in_rollout():
    assert promoted(usual(), "5")[0].version == "5"


@pytest.mark.parametrize(
    ("version", "told", "line"),
    [
        ("9", {}, "no version 9 in the ledger; known are 1, 2, 3, 4, 5"),
        ("2", {}, "version 2 is live already; nothing to promote"),
        ("3", {}, "version 3 was not approved: "),
        ("1", {}, "version 1 was held against no champion, and live is version 2; "),
        ("4", {"decision": REFUSED}, "version 4 may not go to production: "),
        ("4", {"decision": None}, "version 4 may not go .*: no decision was derived"),
        ("4", {"override": True}, "somebody else than ada must have approved version"),
    ],
)
def test_a_promotion_is_refused_in_one_line(version: str, told: dict, line: str):
    with pytest.raises(RefusedError, match=line):
        promoted(usual(), version, **told)


def test_the_own_approval_does_not_allow_to_skip_the_rollout():
    history = usual().add("approved", 4, actor="ada")

    with pytest.raises(RefusedError, match="ask a second person to run `models appr"):
        promoted(history, "4", override=True)


def test_a_second_person_allows_to_skip_the_rollout_and_that_is_marked():
    history = usual().add("approved", 4, actor="bo")

    (event,) = promoted(history, "4", override=True)

    assert event.evidence == {
        "decision": plain(APPROVED),
        "override": True,
        "approvers": ["bo"],
        "from": "2",
    }


def test_nobody_overrides_the_gates():
    history = usual().add("approved", 3, actor="bo")

    with pytest.raises(RefusedError, match="version 3 was not approved"):
        promoted(history, "3", override=True)


def test_an_archived_version_or_one_without_a_bundle_stays_where_it_is():
    history = usual().add("archived", 4)
    lost = replace(history.events[-1].lineage, bundle_uri="")
    history.add("registered", 6, lineage=lost)

    with pytest.raises(RefusedError, match="version 4 is archived for good"):
        promoted(history, "4")
    with pytest.raises(RefusedError, match="version 6 has no bundle"):
        promoted(history, "6")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "a\x00b"])
def test_a_reason_is_asked_for_in_one_line(reason: str):
    act = replace(ADA, reason=reason)

    for attempt in (
        lambda: promote(usual().events, "4", act, decision=APPROVED, override=False),
        lambda: approve(usual().events, "4", act),
        lambda: rollback(usual().events, act, to=None),
        lambda: archive(usual().events, "4", act),
    ):
        with pytest.raises(RefusedError, match="expected a reason in one line"):
            attempt()


def test_a_reason_has_a_longest_length():
    longest = replace(ADA, reason="x" * 500)
    longer = replace(ADA, reason="x" * 501)

    assert approve(usual().events, "4", longest)[0].reason == "x" * 500
    with pytest.raises(RefusedError, match="of at most 500 characters, found 501; "):
        approve(usual().events, "4", longer)


def test_a_person_approves_once():
    history = usual()
    (first,) = approve(history.events, "4", BO)
    history.events.append(first)

    (second,) = approve(history.events, "4", ADA)

    assert (first.kind, first.actor, first.evidence) == ("approved", "bo", {})
    assert second.actor == "ada"
    with pytest.raises(RefusedError, match="bo approved version 4 already, and counts"):
        approve(history.events, "4", BO)


def test_a_rollback_goes_to_the_last_healthy_version():
    (event,) = rollback(usual().events, ADA, to=None)

    assert (event.kind, event.version, event.evidence) == (
        "rolled_back",
        "1",
        {"from": "2"},
    )
    assert event.lineage.bundle_uri == "/bundles/1"


def test_a_second_rollback_passes_over_the_version_that_was_bad():
    history = History().trained(1, "promoted").trained(2, "staged", against=1)
    history.add("promoted", 2).trained(3, "staged", against=2).add("promoted", 3)
    history.events += rollback(history.events, ADA, to=None)

    (event,) = rollback(history.events, ADA, to=None)

    assert (event.version, event.evidence) == ("1", {"from": "2"})


def test_a_rollback_may_name_any_healthy_version():
    history = History().trained(1, "promoted").trained(2, "staged", against=1)
    history.add("promoted", 2).trained(3, "staged", against=2).add("promoted", 3)

    assert rollback(history.events, ADA, to="1")[0].version == "1"


@pytest.mark.parametrize(
    ("history", "to", "line"),
    [
        (History().trained(1, "staged"), None, "nothing is live, so there is nothing"),
        (History().trained(1, "promoted"), None, "no version was live and healthy bef"),
        (usual(), "2", "cannot roll back to version 2: it is live"),
        (usual(), "4", "to version 4: it was never live; `models promote 4` instead"),
        (usual(), "9", "no version 9 in the ledger"),
        (usual().add("archived", 1), "1", "version 1 is archived for good"),
        (usual().add("archived", 1), None, "no version was live and healthy before"),
        (
            usual().add("rolled_back", 1, {"from": "2"}),
            "2",
            "it was itself rolled back from",
        ),
    ],
)
def test_a_rollback_is_refused_in_one_line(history: History, to: str, line: str):
    with pytest.raises(RefusedError, match=line):
        rollback(history.events, ADA, to=to)


def test_what_was_rolled_back_from_may_be_promoted_again():
    history = usual().add("rolled_back", 1, {"from": "2"})

    assert promoted(history, "2")[0].evidence["from"] == "1"


def test_any_version_but_the_live_one_can_be_archived_once():
    (event,) = archive(usual().events, "4", ADA)

    assert (event.kind, event.version) == ("archived", "4")
    with pytest.raises(RefusedError, match="version 2 is live; promote another or"):
        archive(usual().events, "2", ADA)
    with pytest.raises(RefusedError, match="version 4 is archived already"):
        archive(usual().add("archived", 4).events, "4", ADA)


def test_what_is_no_number_becomes_null():
    assert plain({"a": float("nan"), "b": (1, None)}) == {"a": None, "b": [1, None]}
