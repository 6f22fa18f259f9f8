import os
import signal
import sys
import time
from pathlib import Path

import pytest

from serving.acceptance import Acceptance
from serving.pulse import Pulse
from serving.settings import Settings
from serving.watching import Watching
from tests.serving.boards import board_of
from tests.serving.running import wait_for
from tests.serving.test_acceptance import TWO, accept, canary

pytestmark = pytest.mark.server
SPIN = "import os; from pathlib import Path; from serving.pulse import *;"
BEATS = f"{SPIN} p = Pulse(Path(os.environ['PULSE']));"


class Watched:
    """A watching whose observer is any program."""

    def __init__(self, state, monkeypatch, code: str) -> None:
        monkeypatch.setenv("PULSE", str(state.pulse))
        monkeypatch.setattr("serving.watching.FIRST_PAUSE_SECONDS", 0.01)
        command = [sys.executable, "-c", code]
        monkeypatch.setattr("serving.watching.COMMAND", command)
        self.acceptance = Acceptance(state)
        accept(self.acceptance, canary(4))
        self.board = board_of(state)
        settings = Settings(observer_hang_seconds=0.5, observer_deaths=2)
        self.watching = Watching(settings, state, self.acceptance, self.board)

    def until(self, look) -> None:
        def both() -> bool:
            self.watching.look()
            return look()

        wait_for(both)

    @property
    def deaths(self) -> int:
        return self.board.status.observer_deaths_total


@pytest.fixture
def watched(state, monkeypatch):
    made = []

    def of(code: str) -> Watched:
        made.append(Watched(state, monkeypatch, code))
        return made[0]

    yield of
    made[0].watching.end()


def test_one_that_ends_is_started_again_and_nobody_is_vetoed(watched):
    seen = watched("raise SystemExit(3)")

    seen.until(lambda: seen.deaths == 3)

    assert seen.acceptance.active.challenger is not None


def test_one_that_dies_of_the_challenger_takes_it_along_after_some_times(watched):
    dies = f"p.runs({TWO.bundle_sha256!r}); os.kill(os.getpid(), 9)"
    seen = watched(BEATS + dies)

    seen.until(lambda: seen.acceptance.active.challenger is None)

    assert seen.deaths == 2
    (veto,) = seen.acceptance.vetoes
    assert "2 times: exit -9" in veto.reason


def test_one_that_computes_without_a_sign_of_life_is_ended(watched):
    seen = watched(f"{BEATS} p.beat()\nwhile True: pass")

    seen.until(lambda: seen.deaths == 1)

    assert seen.acceptance.active.challenger is not None


def test_one_that_gives_signs_of_life_or_only_waits_is_left_alone(watched):
    seen = watched(f"{BEATS} import time\nwhile True: time.sleep(0.2)")
    seen.watching.look()
    began = time.monotonic()

    seen.until(lambda: time.monotonic() - began > 1.5)

    assert seen.deaths == 0


def test_the_observer_ends_with_its_server(watched, state):
    seen = watched(f"{BEATS} p.beat()\nimport time; time.sleep(60)")
    seen.watching.look()
    wait_for(lambda: Pulse(state.pulse).beats > 1)
    pid = seen.watching._process.pid

    seen.watching.end()

    assert not Path(f"/proc/{pid}").exists()
    assert seen.watching._process.returncode == -signal.SIGTERM
    assert os.getpid() != pid
