from datetime import timedelta

import pytest

from registry.state import State, state, until
from tests.ledger_histories import PLAN, START, History, in_rollout, usual


def test_an_empty_history_has_nothing_live():
    assert state([]) == State()


def test_each_stage_is_held_by_the_event_that_set_it():
    events = usual().events

    head = state(events)

    assert (head.champion, head.production.kind, head.production.actor) == (
        "2",
        "promoted",
        "ada",
    )
    assert (head.staging.version, head.waiting.version) == ("4", "5")
    assert head.sequence == len(events)


def test_what_was_live_at_an_instant_is_the_state_of_the_history_until_then():
    events = usual().events
    promoted = START + timedelta(hours=10)

    assert state(until(events, promoted)).champion == "2"
    assert state(until(events, promoted - timedelta(seconds=1))).champion == "1"
    assert state(until(events, START)).champion is None


def test_a_refusal_and_an_approval_by_a_person_change_no_stage():
    live = History().trained(1, "promoted")
    before = state(live.events)

    after = state(live.trained(2, None, against=1).add("approved", 2).events)

    assert after.production == before.production
    assert (after.staging, after.waiting) == (None, None)


def test_a_newer_approved_version_replaces_the_waiting_one_only():
    head = state(usual().trained(6, "waiting", against=2).events)

    assert (head.staging.version, head.waiting.version) == ("4", "6")


@pytest.mark.parametrize("version", [4, 5])
def test_who_goes_live_overtakes_those_that_were_held_against_another(version: int):
    head = state(usual().add("promoted", version).events)

    assert head.champion == str(version)
    assert (head.staging, head.waiting) == (None, None)


def test_the_way_back_is_the_last_healthy_version_that_was_live():
    history = History().trained(1, "promoted").trained(2, "staged", against=1)
    history.add("promoted", 2).trained(3, "staged", against=2).add("promoted", 3)

    assert [e.version for e in state(history.events).healthy] == ["2", "1"]

    history.add("rolled_back", 2, {"from": "3"})
    head = state(history.events)
    assert (head.champion, head.unhealthy) == ("2", {"id-3"})
    assert [e.version for e in head.healthy] == ["1"]

    history.add("archived", 1)
    assert state(history.events).healthy == ()


def test_a_rollback_ends_the_rollout_of_what_was_held_against_the_bad_version():
    history = History().trained(1, "promoted").trained(2, "staged", against=1)
    history.add("promoted", 2).trained(3, "staged", against=2)

    head = state(history.add("rolled_back", 1, {"from": "2"}).events)

    assert head.staging is None


def test_who_was_rolled_back_from_is_healthy_again_when_promoted_again():
    history = History().trained(1, "promoted").trained(2, "staged", against=1)
    history.add("promoted", 2).add("rolled_back", 1, {"from": "2"})

    head = state(history.add("promoted", 2).events)

    assert head.unhealthy == frozenset()
    assert [e.version for e in head.healthy] == ["1"]


def test_an_archived_version_leaves_its_stage():
    history = usual().add("archived", 4)
    assert state(history.events).staging.version == "5"

    head = state(history.add("archived", 5).events)

    assert (head.staging, head.waiting) == (None, None)
    assert head.archived == {"id-4", "id-5"}


def test_a_rollout_has_a_phase_and_keeps_the_policy_with_which_it_began():
    running = state(in_rollout("canary", weight=0.25).events).rollout

    assert (running.version, running.phase, running.weight) == ("4", "canary", 0.25)
    assert (running.started.sequence, running.entered.sequence) == (22, 23)
    assert running.since == START + timedelta(hours=23)
    assert running.plan == PLAN


def test_who_is_in_rollout_holds_staging_and_who_comes_meanwhile_waits():
    history = in_rollout("shadow").trained(6, "waiting", against=2)

    head = state(history.events)

    assert (head.staging.version, head.waiting.version) == ("4", "6")


def test_a_paused_rollout_stays_in_its_phase_until_it_is_resumed():
    history = in_rollout("shadow").add("paused", 4)
    assert state(history.events).rollout.is_paused
    assert state(history.events).rollout.phase == "shadow"

    assert not state(history.add("resumed", 4).events).rollout.is_paused


@pytest.mark.parametrize("end", ["stopped", "archived"])
def test_when_a_rollout_is_ended_the_waiting_version_takes_staging(end: str):
    head = state(in_rollout("canary", weight=0.1).add(end, 4).events)

    assert (head.champion, head.staging.version) == ("2", "5")
    assert (head.waiting, head.rollout) == (None, None)
    assert head.stopped == ({"id-4"} if end == "stopped" else frozenset())


def test_when_a_rollout_gets_live_who_waited_was_held_against_another():
    head = state(in_rollout("canary", weight=0.1).add("promoted", 4).events)

    assert head.champion == "4"
    assert (head.staging, head.waiting, head.rollout) == (None, None, None)


def test_a_rollback_of_the_champion_ends_the_rollout_that_was_held_against_it():
    head = state(in_rollout("shadow").add("rolled_back", 1, {"from": "2"}).events)

    assert (head.champion, head.rollout, head.staging) == ("1", None, None)


def test_who_begins_a_rollout_past_the_one_in_staging_lets_that_one_wait():
    told = {"to": "shadow", "weight": 0, "plan": PLAN, "compared_with": "2"}

    head = state(usual().add("rollout", 5, told).events)

    assert (head.rollout.version, head.staging.version) == ("5", "5")
    assert head.waiting.version == "4"


def test_a_stopped_version_may_begin_again():
    told = {"to": "shadow", "weight": 0, "plan": PLAN, "compared_with": "2"}
    history = in_rollout("canary", weight=0.1).add("stopped", 4)

    head = state(history.add("rollout", 4, told).events)

    assert (head.rollout.version, head.rollout.started.sequence) == ("4", 25)
    assert (head.waiting.version, head.stopped) == ("5", frozenset())
