"""`run.py rollout`, as a person calls it."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from churn.content import content_hash
from churn.rollout.assess import assess
from churn.rollout.evidence import gathered
from churn.rollout.evidence_files import rollout_evidence_files
from churn.rollout.plan import parse_rollout
from cli.main import command
from cli.models.place import place
from cli.models.replaying import replay
from cli.root import ROOT
from registry.errors import RefusedError
from registry.rollouts import advance
from registry.state import state
from registry.transitions import Act
from storage.release import read_release
from tests.churn.rollout.test_evidence import log
from tests.ledger_histories import PLAN, in_rollout, usual, write_files


def said(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(command, ["rollout", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def told(*words: str):
    return json.loads(said(*words, "--json"))


def written(here, phase, **told):
    return in_rollout(phase, model=here.model, **told).write(here.store("ledger"))


def test_without_a_rollout_the_status_says_what_begins_one(here):
    usual(here.model).write(here.store("ledger"))

    shown = " ".join(said("status").split())
    assert "no rollout is running; version 2 is live since 2026-03-01 19:00" in shown
    assert "version 4 is in staging: `python run.py models promote 4 --reason" in shown
    assert "or `python run.py --pipeline deployment` begins its rollout" in shown
    assert told("status") == {
        "rollout": None,
        "champion": "2",
        "staging": "4",
        "waiting": "5",
    }


def test_the_status_tells_the_phase_and_what_it_waits_for(here):
    written(here, "canary", weight=0.25)

    found = told("status")

    assert found["rollout"]["phase"] == "canary"
    assert (found["rollout"]["version"], found["rollout"]["weight"]) == ("4", 0.25)
    assert found["next"]["to"] == "stay"
    assert "0 of 10 customers answered so far" in found["next"]["waits_for"][-1]
    assert "canary, 25% of the customers, since 2026-03-02" in said("status")


def test_a_person_pauses_resumes_and_aborts_and_servers_are_told(here):
    written(here, "canary", weight=0.25)

    assert told("pause", "--reason", "a holiday")["event"]["kind"] == "paused"
    assert told("status")["next"]["waits_for"][0].startswith("paused")
    served = read_release(here.model, environ=here.stack.environment)
    assert (served.mode, served.weight) == ("canary", 0.25)
    assert told("resume", "--reason", "back again")["event"]["kind"] == "resumed"
    assert "the champion answers everybody" in said("abort", "--reason", "complaints")

    served = read_release(here.model, environ=here.stack.environment)
    assert (served.champion.version, served.challenger) == ("2", None)
    assert state(here.events()).staging.version == "5"
    command_ = 'python run.py models promote 5 --reason "..."'
    with pytest.raises(RefusedError, match=f"`{command_}` starts that"):
        said("pause", "--reason", "too late")


def test_the_status_of_another_data_set_names_commands_for_it(here):
    there = place(ROOT, "telco", "local")
    in_rollout("canary", weight=0.25, model=there.model).write(there.store("ledger"))
    said("pause", "--reason", "a holiday", "--dataset", "telco")

    shown = " ".join(said("status", "--dataset", "telco").split())

    resume = 'python run.py rollout resume --reason "..." --dataset telco'
    assert f"paused: `{resume}` lets it go on" in shown


def moved_on(here):
    """Version 4 sent back from shadow, by rows that are stored."""
    history = in_rollout("shadow", model=here.model)
    events = history.write(here.store("ledger"))
    running, at = state(events).rollout, datetime(2026, 4, 1, tzinfo=UTC)
    evidence = gathered(*log(), version="4", sequence=7, alarm="it fails more often")
    files = rollout_evidence_files(evidence)
    folder = here.root / here.stack.home / "rollout_evidence"
    write_files(files, folder)
    decision = assess(
        parse_rollout(PLAN),
        "shadow",
        evidence,
        version="4",
        since=running.since,
        at=at,
    )
    found = {"evidence_uri": str(folder), "evidence_sha256": content_hash(files)}
    act = Act("ada", at, decision.reason)
    with here.ledger() as ledger:
        ledger.append(*advance(events, act, decision, weight=0, found=found))
    return folder


def test_a_step_of_a_rollout_replays_to_the_same_answer(here, capsys):
    moved_on(here)
    last = here.events()[-1]

    code = replay(here, f"event:{last.sequence}", as_json=True)

    document = json.loads(capsys.readouterr().out)
    assert (code, document["same"]) == (0, True)
    assert (document["derived"]["to"], document["derived"]["gates"][0]["name"]) == (
        "back",
        "guard",
    )


def test_altered_rows_are_noticed(here):
    folder = moved_on(here)
    (folder / "record.json").write_text('{"alarm": null, "note": ""}')

    with pytest.raises(Exception, match="the evidence of event 23 was altered"):
        replay(here, "event:23", as_json=True)


def test_the_history_tells_each_step_in_words(here):
    written(here, "canary", weight=0.25)
    said("pause", "--reason", "a holiday")

    done = CliRunner().invoke(command, ["models", "history"], catch_exceptions=False)

    for words in ("shadow 4", "canary 4", "rollout paused of 4"):
        assert words in done.stdout
