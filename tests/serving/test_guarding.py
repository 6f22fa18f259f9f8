import signal

import pytest

from serving.acceptance import Acceptance
from serving.arms import ArmCounter
from serving.guarding import Guarding
from serving.pulse import HUNG
from tests.serving.boards import board_of
from tests.serving.test_acceptance import accept, canary


@pytest.fixture
def acceptance(state) -> Acceptance:
    acceptance = Acceptance(state)
    accept(acceptance, canary(4))
    return acceptance


@pytest.fixture
def guarding(state, acceptance) -> Guarding:
    return Guarding(state, acceptance, board_of(state))


def answer(counter: ArmCounter, arm, n: int, *, failed: int = 0) -> None:
    for place in range(n):
        counter.add(arm, place < failed, False)


def test_a_canary_that_fails_is_vetoed_by_the_counters_of_the_workers(
    state, acceptance, guarding
):
    counter = ArmCounter(state.arms, canary=4)
    answer(counter, "champion", 90)
    answer(counter, "challenger", 10, failed=9)

    guarding.look()

    assert acceptance.active.challenger is None
    (veto,) = acceptance.vetoes
    assert "fails more often: 9 of 10 requests" in veto.reason
    assert veto.challenger_counts.n == 10


def test_a_canary_that_does_as_the_champion_stays(state, acceptance, guarding):
    counter = ArmCounter(state.arms, canary=4)

    for _ in range(50):
        answer(counter, "champion", 90, failed=1)
        answer(counter, "challenger", 10)
        guarding.look()

    assert acceptance.active.challenger is not None


def test_small_blocks_add_up_and_none_is_bet_on_twice(state, acceptance, guarding):
    counter = ArmCounter(state.arms, canary=4)
    answer(counter, "champion", 90)
    answer(counter, "challenger", 10, failed=1)

    for _ in range(1000):
        guarding.look()

    assert acceptance.active.challenger is not None


@pytest.mark.parametrize(
    ("exit_code", "told"),
    [
        (HUNG, "a worker hung"),
        (-signal.SIGSEGV, "a worker crashed .SIGSEGV"),
        (-signal.SIGABRT, "a worker crashed .SIGABRT"),
    ],
)
def test_a_worker_that_hangs_or_crashes_takes_the_canary_along(
    acceptance, guarding, exit_code: int, told: str
):
    guarding.worker_died(exit_code)

    assert acceptance.active.challenger is None
    assert told.replace(".", "(") in acceptance.vetoes[0].reason


def test_a_worker_killed_from_outside_is_forgiven_once(acceptance, guarding):
    guarding.worker_died(-signal.SIGKILL)
    assert acceptance.active.challenger is not None

    guarding.worker_died(-signal.SIGKILL)
    assert acceptance.active.challenger is None
    assert acceptance.vetoes[0].reason == "2 workers died"


def test_without_a_canary_a_dead_worker_is_nobodys_fault(acceptance, guarding):
    acceptance.veto(acceptance.active, "gone")

    for _ in range(5):
        guarding.worker_died(HUNG)
        guarding.look()

    assert len(acceptance.vetoes) == 1
