"""One look: what is decided about whom, and what follows."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from churn.gates.decide import decide
from churn.gates.policy import parse_policy
from registry.conditions import Act
from registry.errors import RefusedError
from registry.rederive import EvidenceError
from registry.rolling import follow_up, next_step
from registry.state import state
from tests.churn.rollout.rollout_rows import answers, pairs, seen
from tests.cli.models.test_promotion import CHECK, CONSENT, policy
from tests.evidences import evidence
from tests.ledger_histories import (
    PLAN,
    START,
    History,
    in_rollout,
    plain,
    stored_evidence,
    usual,
)

NONE = PLAN | {"phases": []}
FAIR = np.linspace(0.2, 0.8, 500)
GOOD = seen(pairs=pairs(FAIR, FAIR))


def read(address):
    from pathlib import Path

    return {p.name: p.read_bytes() for p in Path(address).iterdir()}


def look(history: History, *, rows=GOOD, document=PLAN, hours=1000.0):
    now = START + timedelta(hours=hours)
    return next_step(history.events, rows, document, read=read, now=now)


def staged(tmp_path, *checks) -> History:
    """Version 1 live, version 2 in staging with evidence that is there."""
    found = evidence(champion_auc=0.7)
    asked = policy(*checks)
    decided = {
        "decision": plain(decide(parse_policy(asked, {}), found)),
        "policy": asked,
        "bounds": {},
        "stage": "staging",
    }
    stored = stored_evidence(found, tmp_path / "evidence")
    return (
        History()
        .trained(1, "promoted")
        .trained(2, "staged", against=1, evaluated=stored, decided=decided)
    )


def test_a_version_in_staging_begins_its_rollout_if_its_policy_lets_it(tmp_path):
    history = staged(tmp_path, CHECK)

    decision = look(history)
    act = Act("ada", START + timedelta(days=9), "-")
    (event,) = follow_up(history.events, act, decision, PLAN, {})

    assert (decision.to, decision.phase, decision.begins.approved) == (
        "shadow",
        "staging",
        True,
    )
    assert (event.kind, event.version, event.evidence["to"]) == (
        "rollout",
        "2",
        "shadow",
    )
    assert event.reason.startswith("begins its rollout in shadow: approved")


def test_it_waits_for_the_consent_that_its_policy_asks_for(tmp_path):
    history = staged(tmp_path, CHECK, CONSENT)

    waits = look(history)
    agreed = look(history.add("approved", 2, actor="bo"))

    assert (waits.to, waits.phase) == ("stay", "staging")
    assert "two_agree" in waits.waits_for[0]
    assert agreed.to == "shadow"


def test_altered_evidence_begins_nothing(tmp_path):
    history = staged(tmp_path, CHECK)
    path = tmp_path / "evidence" / "record.json"
    path.write_bytes(path.read_bytes().replace(b'"4"', b'"5"'))

    with pytest.raises(EvidenceError, match="the evidence of version 2 was altered"):
        look(history)


@pytest.mark.parametrize(
    ("history", "document", "line"),
    [
        (History().trained(1, "promoted"), PLAN, "no version is in staging"),
        (History().trained(1, "staged"), PLAN, "nothing is live: `models promote 1`"),
        (usual(), NONE, "it has no phases: `models promote 4` makes it live at once"),
    ],
)
def test_without_a_rollout_to_begin_nothing_follows(history, document, line):
    decision = look(history, document=document)

    assert decision.to == "stay"
    assert line in decision.reason
    act = Act("ada", START, "-")
    assert follow_up(history.events, act, decision, document, {}) == ()


def test_a_running_rollout_is_judged_by_the_policy_with_which_it_began():
    history = in_rollout("shadow")

    decision = look(history, document=NONE)
    act = Act("ada", START + timedelta(days=9), "-")
    (event,) = follow_up(history.events, act, decision, NONE, {"evidence_uri": "/e"})

    assert decision.to == "canary"
    assert event.evidence["weight"] == 0.25
    assert event.evidence["evidence_uri"] == "/e"
    assert event.reason == "from shadow to canary: nothing speaks against it"


def test_a_paused_rollout_stays_but_goes_back_when_it_must():
    history = in_rollout("shadow").add("paused", 4)

    assert look(history).to == "stay"
    assert look(history).waits_for[0].startswith("paused")
    assert look(history, rows=replace(GOOD, alarm="it fails")).to == "back"


def test_all_the_way_it_gets_live():
    history = in_rollout("shadow")
    act = Act("ada", START + timedelta(days=90), "-")
    for rows in (GOOD, seen(answers=answers((300, 0), (100, 0)))):
        decision = look(history, rows=rows, hours=5000)
        history.events += follow_up(history.events, act, decision, PLAN, {})

    assert state(history.events).champion == "4"
    assert [e.kind for e in history.events[-2:]] == ["rollout", "promoted"]


def test_who_decided_about_what_is_no_more_is_refused():
    decision = look(in_rollout("shadow"))
    act = Act("ada", START, "-")
    gone = in_rollout("shadow").add("stopped", 4)

    with pytest.raises(RefusedError, match="no rollout is running"):
        follow_up(gone.events, act, decision, PLAN, {})
