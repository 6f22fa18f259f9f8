"""Each transition of a rollout, and each line with which it is refused."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from churn.gates.decision import GateResult
from churn.rollout.decision import RolloutDecision
from churn.rollout.plan import parse_rollout
from registry.errors import RefusedError
from registry.rollouts import (
    abort,
    advance,
    pause,
    resume,
    rolling,
    start_rollout,
)
from registry.state import state
from registry.transitions import Act, plain, promote
from tests.ledger_histories import PLAN, History, in_rollout, usual
from tests.scorecards import APPROVED, REFUSED

ADA = Act("ada", datetime(2026, 4, 1, tzinfo=UTC), "a quarter better")
FOUND = {"evidence_uri": "/evidence", "evidence_sha256": "e" * 64}


def started(history: History, version: str, **told):
    known = {"decision": APPROVED, "plan": PLAN} | told
    first = parse_rollout(known["plan"]).phases[0]
    return start_rollout(history.events, version, ADA, first=first, **known)


def decided(to: str, phase: str, *failed: str, version: str = "4") -> RolloutDecision:
    gates = tuple(GateResult(n, "failed", True, None, None, n) for n in failed)
    return RolloutDecision(to, version, "so it is", "small", phase, gates, (), None)


def went(history: History, decision: RolloutDecision):
    events = history.events
    return advance(events, ADA, decision, weight=0.25, found=FOUND)


def test_a_rollout_begins_in_the_first_phase_with_what_it_rests_on():
    history = usual().add("approved", 4, actor="bo")

    (event,) = started(history, "4")

    assert (event.kind, event.version, event.actor) == ("rollout", "4", "ada")
    assert event.evidence == {
        "to": "shadow",
        "weight": 0,
        "plan": PLAN,
        "decision": plain(APPROVED),
        "approvers": ["bo"],
        "compared_with": "2",
    }
    assert state([*history.events, event]).rollout.phase == "shadow"


@pytest.mark.parametrize(
    ("history", "version", "told", "line"),
    [
        (usual(), "3", {}, "version 3 was not approved"),
        (usual(), "4", {"decision": REFUSED}, "version 4 may not go to production"),
        (usual(), "4", {"decision": None}, "no decision was derived"),
        (in_rollout("shadow"), "4", {}, r"version 4 is in rollout \(shadow\)"),
        (in_rollout("shadow"), "5", {}, "version 4 is in rollout .*`rollout abort`"),
        (History().trained(1, "staged"), "1", {}, "nothing is live, so there is noth"),
    ],
)
def test_a_rollout_is_refused_in_one_line(history, version, told, line):
    with pytest.raises(RefusedError, match=line):
        started(history, version, **told)


def test_from_shadow_it_goes_on_to_a_canary_of_some_weight():
    (event,) = went(in_rollout("shadow"), decided("canary", "shadow"))

    assert (event.kind, event.evidence["to"]) == ("rollout", "canary")
    assert event.evidence["weight"] == 0.25
    assert event.evidence["assessment"]["reason"] == "so it is"
    assert event.evidence["evidence_sha256"] == "e" * 64


def test_from_the_canary_it_goes_live_with_the_decision_by_which_it_began():
    history = in_rollout("canary", weight=0.25)

    (event,) = went(history, decided("live", "canary"))

    assert (event.kind, event.version, event.evidence["from"]) == ("promoted", "4", "2")
    assert event.evidence["decision"] == plain(APPROVED)
    assert event.evidence["decided_at"] == 22
    assert not event.evidence["override"]
    assert state([*history.events, event]).champion == "4"


@pytest.mark.parametrize(
    ("failed", "by"), [(("stays_near",), "pipeline"), (("guard",), "guard")]
)
def test_what_failed_leaves_the_rollout_and_who_found_it_is_told(failed, by):
    history = in_rollout("canary", weight=0.25)

    (event,) = went(history, decided("back", "canary", *failed))

    assert (event.kind, event.version) == ("stopped", "4")
    assert (event.evidence["phase"], event.evidence["by"]) == ("canary", by)
    assert state([*history.events, event]).staging.version == "5"


def test_who_stays_moves_nothing():
    assert went(in_rollout("shadow"), decided("stay", "shadow")) == ()


@pytest.mark.parametrize(
    "stale", [decided("live", "canary"), decided("canary", "shadow", version="5")]
)
def test_a_decision_about_what_is_no_more_is_refused(stale):
    with pytest.raises(RefusedError, match="by now version 4 is in shadow; decided"):
        went(in_rollout("shadow"), stale)


def test_a_paused_rollout_goes_back_but_not_on():
    history = in_rollout("shadow").add("paused", 4)

    with pytest.raises(RefusedError, match="version 4 is paused; `rollout resume`"):
        went(history, decided("canary", "shadow"))
    assert went(history, decided("back", "shadow", "stays_near"))[0].kind == "stopped"


def test_a_person_pauses_resumes_and_aborts():
    history = in_rollout("shadow")

    history.events += pause(history.events, ADA)
    with pytest.raises(RefusedError, match="version 4 is paused already"):
        pause(history.events, ADA)
    history.events += resume(history.events, ADA)
    with pytest.raises(RefusedError, match="version 4 is not paused"):
        resume(history.events, ADA)
    (event,) = abort(history.events, ADA)

    assert [e.kind for e in history.events[-2:]] == ["paused", "resumed"]
    assert (event.kind, event.evidence) == (
        "stopped",
        {"phase": "shadow", "by": "person"},
    )


@pytest.mark.parametrize("act", [pause, resume, abort])
def test_without_a_rollout_nothing_is_steered_and_a_reason_is_asked_for(act):
    with pytest.raises(RefusedError, match="`models promote 4` starts that of the ver"):
        act(usual().events, ADA)
    with pytest.raises(RefusedError, match="no version is in staging"):
        act(History().trained(1, "promoted").events, ADA)
    with pytest.raises(RefusedError, match="expected a reason in one line"):
        act(in_rollout("shadow").events, replace(ADA, reason=" "))


def test_an_override_skips_the_running_rollout():
    history = in_rollout("shadow").add("approved", 4, actor="bo")

    new = promote(history.events, "4", ADA, decision=APPROVED, override=True)

    head = state([*history.events, *new])
    assert (head.champion, head.rollout) == ("4", None)


def test_the_running_rollout_is_found():
    assert rolling(in_rollout("shadow").events).version == "4"
