"""`models replay`: the same answer from the stored rows, or the first difference."""

from dataclasses import replace

import msgspec
import pytest

from churn.errors import UsageError
from churn.gates.decide import decide
from churn.gates.policy import parse_policy
from cli.models.place import Place
from registry.rederive import EvidenceError
from tests.evidences import evidence
from tests.ledger_histories import History, decided_by, plain, stored_evidence
from tests.model_commands import said, told

POLICY = {
    "name": "small",
    "description": "For tests.",
    "promote_first": False,
    "checks": [
        {
            "name": "ranks_well",
            "kind": "floor",
            "metric": "roc_auc",
            "bound": 0.6,
            "by": "interval",
            "undecided": "blocks",
            "applies": "always",
        },
        {
            "name": "one_agrees",
            "kind": "human_approval",
            "stage": "production",
            "approvers": 1,
            "by": "value",
            "undecided": "blocks",
            "applies": "always",
        },
    ],
}


def written(here: Place, **more: object) -> History:
    """Version 1, promoted by its run on the decision about staging."""
    found = evidence()
    history = History(here.model)
    history.trained(
        1,
        "promoted",
        evaluated=stored_evidence(found, here.root / here.stack.home / "evidence"),
        decided=decided_by(POLICY, found) | more,
    )
    history.write(here.store("ledger"))
    return history


@pytest.mark.parametrize("name", ["1", "event:3", "event:4"])
def test_a_version_and_its_events_replay_to_the_same_answer(here, name):
    written(here)

    document = told("replay", name)

    assert (document["same"], document["difference"]) == (True, None)
    assert document["stored"] == document["derived"]
    assert "same answer" in said("replay", name)


def test_another_stored_answer_is_found_and_the_first_difference_told(here):
    decision = decided_by(POLICY, evidence())["decision"]
    altered = msgspec.json.decode(msgspec.json.encode(decision))
    altered["gates"][0]["observed"]["low"] = 0.61
    written(here, decision=altered)

    document = told("replay", "1", code=1)

    assert document["difference"].startswith("gates[0].observed.low: stored 0.61, ")
    assert "ANOTHER ANSWER: gates[0].observed.low" in said("replay", "1", code=1)


def test_a_bound_that_was_changed_in_the_ledger_gives_another_answer(here):
    told_policy = msgspec.json.decode(msgspec.json.encode(POLICY))
    told_policy["checks"][0]["bound"] = 0.99
    written(here, policy=told_policy)

    assert told("replay", "1", code=1)["difference"].startswith("approved: stored True")


def test_a_promotion_replays_with_the_approvals_it_had_and_not_with_later_ones(here):
    history = written(here)
    found = evidence()
    seen = replace(found.observations, approvals=("bo",))
    decision = decide(
        parse_policy(POLICY, {}),
        replace(found, observations=seen),
        stage="production",
    )
    n_before = len(history.events)
    history.add("approved", 1, actor="bo")
    promoted = {"decision": plain(decision), "override": False, "from": None}
    history.add("promoted", 1, promoted)
    history.add("approved", 1, actor="cy")
    with here.ledger() as ledger:
        ledger.append(*history.events[n_before:])

    assert told("replay", "event:6")["same"]


def test_altered_rows_are_found_before_anything_is_decided(here):
    written(here)
    record = here.root / here.stack.home / "evidence" / "record.json"
    record.write_bytes(record.read_bytes().replace(b"0.3", b"0.4"))

    with pytest.raises(EvidenceError, match="was altered: expected sha256"):
        said("replay", "1")


def test_what_is_no_decision_is_refused_with_the_way_out(here):
    written(here).add("registered", 2)
    with here.ledger() as ledger:
        ledger.append(History(here.model).add("registered", 2, sequence=5).events[0])

    with pytest.raises(UsageError, match="event 1 is no decision; known are 3, 4"):
        said("replay", "event:1")
    with pytest.raises(UsageError, match="nothing was ever decided about version 2"):
        said("replay", "2")


def test_an_event_without_a_decision_has_nothing_to_replay(here):
    history = written(here)
    history.add("promoted", 1, {"decision": None, "override": False, "from": None})
    with here.ledger() as ledger:
        ledger.append(history.events[-1])

    with pytest.raises(UsageError, match="event 5 rests on no decision"):
        said("replay", "event:5")
