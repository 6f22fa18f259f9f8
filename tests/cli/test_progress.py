import io
import logging

import pytest
from rich.console import Console

import cli.progress
from cli.progress import Progress

STEP = "steps.fit_model"


@pytest.fixture
def shown(monkeypatch):
    """A listener of a file, that speaks at every message."""
    monkeypatch.setattr(cli.progress, "QUIET_SECONDS", -1.0)
    return Progress(Console(file=io.StringIO(), width=110), None)


def tell(shown, *messages, name=STEP):
    for message in messages:
        shown.emit(logging.LogRecord(name, logging.INFO, "", 0, message, None, None))


def lines(shown):
    return [line.split() for line in shown.console.file.getvalue().splitlines()]


def test_what_was_just_said_is_not_said_again(shown):
    tell(shown, "Step `fit_model` has started.", name="zenml")
    tell(shown, "trial 1", "trial 1", "trial 2")
    tell(shown, "Step `fit_model` has finished in 2s.", name="zenml")

    assert lines(shown) == [
        ["fit_model", "...", "trial", "1"],
        ["fit_model", "...", "trial", "2"],
        ["fit_model", "0.0", "s"],
    ]


def test_a_last_message_that_was_held_back_ends_the_step(shown, monkeypatch):
    tell(shown, "Step `fit_model` has started.", name="zenml")
    tell(shown, "trial 1")
    monkeypatch.setattr(cli.progress, "QUIET_SECONDS", 60.0)
    tell(shown, "best of 2")
    tell(shown, "Step `fit_model` has finished in 2s.", name="zenml")

    assert lines(shown)[-1] == ["fit_model", "0.0", "s", "best", "of", "2"]
