import io
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from rich.console import Console
from zenml.enums import ExecutionStatus

import cli.watching
from cli.progress import Progress
from cli.watching import Watch, watched

BEGUN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
RUN = "training-subscriptions-1"


def step(name, status, *, seconds=0):
    is_over = status == ExecutionStatus.COMPLETED
    ended = BEGUN + timedelta(seconds=seconds) if is_over else None
    return SimpleNamespace(name=name, status=status, start_time=BEGUN, end_time=ended)


class Server:
    """Answers as ZenML's client does, one list of steps a look."""

    def __init__(self, *looks):
        self.looks, self.asked = list(looks), 0

    def list_pipeline_runs(self, *, name, size):
        assert (name, size) == (RUN, 1)
        return SimpleNamespace(items=[SimpleNamespace(id="run-id")])

    def list_run_steps(self, **_):
        found = self.looks[min(self.asked, len(self.looks) - 1)]
        self.asked += 1
        if isinstance(found, Exception):
            raise found
        return SimpleNamespace(items=found)


@pytest.fixture
def shown():
    return Progress(Console(file=io.StringIO(), width=110), None)


def lines(shown):
    return [line.split() for line in shown.console.file.getvalue().splitlines()]


def watch(shown, server, monkeypatch, n_looks):
    monkeypatch.setattr(cli.watching, "Client", lambda: server)
    told = Watch(RUN, shown)
    for _ in range(n_looks):
        told.look()


def test_a_step_is_told_once_with_the_time_that_the_server_measured(shown, monkeypatch):
    running = step("fit_model", ExecutionStatus.RUNNING)
    done = step("fit_model", ExecutionStatus.COMPLETED, seconds=12.5)
    cached = step("load_tables", ExecutionStatus.CACHED)

    watch(shown, Server([cached, running], [cached, done], [done]), monkeypatch, 3)

    assert lines(shown) == [["load_tables", "reused"], ["fit_model", "12.5", "s"]]
    assert shown.seconds == {"fit_model": 12.5}
    assert shown.reused == ["load_tables"]


def test_steps_that_run_side_by_side_are_both_told(shown, monkeypatch):
    both = [step(name, ExecutionStatus.RUNNING) for name in ("probe", "score")]
    ended = [
        step("probe", ExecutionStatus.COMPLETED, seconds=1),
        step("score", ExecutionStatus.COMPLETED, seconds=2),
    ]

    watch(shown, Server(both, ended), monkeypatch, 2)

    assert shown.seconds == {"probe": 1, "score": 2}
    assert shown.step == "score"


def test_a_step_that_failed_is_what_an_interruption_would_name(shown, monkeypatch):
    watch(shown, Server([step("fit", ExecutionStatus.FAILED)]), monkeypatch, 2)

    assert shown.step == "fit"
    assert lines(shown) == []


def test_a_server_that_is_silent_for_a_while_stops_nothing(shown, monkeypatch):
    done = step("fit_model", ExecutionStatus.COMPLETED, seconds=3)
    server = Server(ConnectionError("no route"), [done])
    monkeypatch.setattr(cli.watching, "Client", lambda: server)
    monkeypatch.setattr(cli.watching, "PAUSE_SECONDS", 0.01)

    with watched(RUN, shown):
        while server.asked < 2:
            time.sleep(0.01)

    assert shown.seconds == {"fit_model": 3}


def test_the_last_steps_are_told_when_the_run_is_over(shown, monkeypatch):
    done = step("publish_report", ExecutionStatus.COMPLETED, seconds=4)
    monkeypatch.setattr(cli.watching, "Client", lambda: Server([done]))
    monkeypatch.setattr(cli.watching, "PAUSE_SECONDS", 3600.0)

    with watched(RUN, shown):
        pass

    assert shown.seconds == {"publish_report": 4}
