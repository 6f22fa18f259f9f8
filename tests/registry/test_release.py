import pytest

from churn.scoring.release import Release, Served
from registry.release import release
from tests.ledger_histories import MODEL, History, in_rollout, usual
from tests.registry.test_verify import chained


def served(version: int) -> Served:
    return Served(str(version), f"/bundles/{version}", f"{version:064x}")


def test_a_version_that_waits_for_its_rollout_is_served_nobody():
    events = chained(usual().events)

    assert release(MODEL, events) == Release(
        model=MODEL,
        sequence=len(events),
        ledger_hash=events[-1].hash,
        champion=served(2),
        challenger=None,
        mode="live",
        weight=0.0,
    )


@pytest.mark.parametrize("then", [None, "paused"])
@pytest.mark.parametrize(("phase", "weight"), [("shadow", 0.0), ("canary", 0.25)])
def test_in_its_rollout_it_takes_part_as_the_phase_says(phase, weight, then):
    history = in_rollout(phase, weight=weight)
    if then:
        history.add(then, 4)

    told = release(MODEL, chained(history.events))

    assert (told.champion, told.challenger) == (served(2), served(4))
    assert (told.mode, told.weight) == (phase, weight)


@pytest.mark.parametrize("end", ["stopped", "archived"])
def test_once_the_rollout_is_over_the_next_one_waits_for_its_own(end):
    history = in_rollout("canary", weight=0.25).add(end, 4)

    told = release(MODEL, chained(history.events))

    assert (told.champion, told.challenger, told.mode) == (served(2), None, "live")


def test_after_a_rollback_the_earlier_version_is_served():
    history = usual().add("rolled_back", 1, {"from": "2"})

    told = release(MODEL, chained(history.events))

    assert (told.champion, told.challenger, told.mode) == (served(1), None, "live")


def test_without_a_history_nothing_is_served():
    assert release(MODEL, History().events) == Release(
        MODEL, 0, "", None, None, "live", 0.0
    )
