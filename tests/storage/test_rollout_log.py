"""What log and server say of a version in rollout."""

from datetime import UTC, date, datetime, timedelta

import pytest

from storage.model_server import ModelServer
from storage.objects import open_objects
from storage.predictions.compact import compact
from storage.predictions.record import encode
from storage.rollout_log import NO_STORE, rollout_log
from tests.storage.predictions.records import AT_US, feedback, prediction, shadow_score
from tests.storage.test_model_server import server, serving

SINCE = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=AT_US)


def seen(environ, told=None, *, phase="canary"):
    return rollout_log(
        "churn",
        phase=phase,
        version="5",
        began=6,
        sequence=7,
        since=SINCE,
        server=told,
        environ=environ,
    )


def logged(tmp_path, kept):
    url = str(tmp_path / "predictions")
    store = open_objects(f"{url}/churn", environ={})
    name = "segments/20251113T021300000000Z-w1-0123456789ab.jsonl"
    store.put(name, encode(kept))
    compact(url, "churn", environ={})
    return {"HOLDFAST_PREDICTIONS_URL": url}


@pytest.fixture
def environ(tmp_path):
    kept = [
        prediction("a", sequence=7, arm="challenger", failed="it raised"),
        prediction("b", sequence=8),
        prediction("c", sequence=6),
        shadow_score("b", sequence=8, version="5"),
        shadow_score("c", sequence=6, version="5"),
    ]
    return logged(tmp_path, kept)


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


@pytest.mark.parametrize("vetoed_at", [8, 6])
def test_the_alarm_of_the_servers_guard_is_part_of_it_since_shadow(environ, vetoed_at):
    veto = {"version": "5", "sequence": vetoed_at, "reason": "it fails more often"}
    with server(release=[serving("1", 9, vetoes=[veto])]) as told:
        model_server = ModelServer.at(told.url, {})

        assert seen(environ, model_server).alarm == "it fails more often"
        assert seen({}, model_server).alarm == "it fails more often"
    assert "Connection refused" in seen(environ, model_server).note


def test_what_was_vetoed_in_an_earlier_rollout_is_no_alarm(environ):
    veto = {"version": "5", "sequence": 5, "reason": "it failed then"}
    with server(release=[serving("1", 9, vetoes=[veto])]) as told:
        assert seen(environ, ModelServer.at(told.url, {})).alarm is None


def test_what_was_fed_back_of_customers_whom_both_scored_is_their_outcome(tmp_path):
    kept = [
        shadow_score("left", sequence=7, version="5", customer="a"),
        shadow_score("stayed", sequence=7, version="5", customer=None),
        shadow_score("unknown", sequence=7, version="5", customer="b"),
        shadow_score("earlier", sequence=6, version="5", customer="c"),
        shadow_score("failed", sequence=7, version="5", probability=None),
        shadow_score("two", 0, sequence=7, version="5", customer="d"),
        shadow_score("two", 1, sequence=7, version="5", customer="e"),
        feedback("left", truth=0.0),
        feedback("left", truth=1.0),
        feedback("stayed", truth=0.0),
        feedback("unknown", truth=None, reward=1.0),
        *(feedback(name) for name in ("earlier", "failed", "two", "no such")),
    ]

    found = seen(logged(tmp_path, kept)).outcomes

    assert found["is_churn"].to_list() == [True, False]
    assert found["champion"].to_list() == [0.34, 0.34]
    assert found["challenger"].to_list() == [0.36, 0.36]
    assert found["snapshot_date"].unique().to_list() == [date(2025, 11, 13)]
