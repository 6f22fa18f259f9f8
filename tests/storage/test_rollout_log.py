"""What log and server say of a version in rollout."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.model_server import ModelServer
from storage.objects import open_objects
from storage.predictions.compact import compact
from storage.predictions.record import encode
from storage.rollout_log import NO_STORE, rollout_log
from tests.storage.predictions.records import AT_US, prediction, shadow_score
from tests.storage.test_model_server import server, serving

SINCE = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=AT_US)


def seen(environ, told=None, *, phase="canary"):
    return rollout_log(
        "churn",
        phase=phase,
        version="5",
        sequence=7,
        since=SINCE,
        server=told,
        environ=environ,
    )


@pytest.fixture
def environ(tmp_path):
    url = str(tmp_path / "predictions")
    kept = [
        prediction("a", sequence=7, arm="challenger", failed="it raised"),
        prediction("b", sequence=8),
        prediction("c", sequence=6),
        shadow_score("b", sequence=8, version="5"),
        shadow_score("c", sequence=6, version="5"),
    ]
    store = open_objects(f"{url}/churn", environ={})
    name = "segments/20251113T021300000000Z-w1-0123456789ab.jsonl"
    store.put(name, encode(kept))
    compact(url, "churn", environ={})
    return {"HOLDFAST_PREDICTIONS_URL": url}


def test_only_what_was_answered_since_the_phase_began_is_seen(environ):
    evidence = seen(environ)

    assert (len(evidence.pairs), len(evidence.answers)) == (1, 2)
    assert evidence.answers["is_failed"].sum() == 1
    assert (evidence.alarm, evidence.note) == (None, "no server runs")


def test_in_shadow_there_are_no_arms(environ):
    evidence = seen(environ, phase="shadow")

    assert (len(evidence.pairs), len(evidence.answers)) == (1, 0)


def test_a_stack_without_a_store_has_nothing_and_says_so():
    evidence = seen({})

    assert (len(evidence.pairs), evidence.note) == (0, NO_STORE)


def test_the_alarm_of_the_servers_guard_is_part_of_it(environ):
    veto = {"version": "5", "sequence": 8, "reason": "it fails more often"}
    with server(release=[serving("1", 9, vetoes=[veto])]) as told:
        model_server = ModelServer.at(told.url, {})

        assert seen(environ, model_server).alarm == "it fails more often"
        assert seen({}, model_server).alarm == "it fails more often"
    assert "Connection refused" in seen(environ, model_server).note
