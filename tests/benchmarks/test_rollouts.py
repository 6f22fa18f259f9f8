"""A small version, at fixed seeds, of what `make error-rates` measures of rollouts."""

from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from benchmarks import rollouts
from benchmarks.rollouts import (
    EQUALS,
    LEAST_CAUGHT,
    MOST_CANARY_REQUESTS,
    N_ROLLOUTS,
    Simulated,
    ends,
    false_alarms,
    report,
    shipped,
    until_caught,
)
from churn.scoring.guard import USUAL


def test_rollouts_with_nothing_wrong_go_on_by_the_policy_that_ships():
    # Measured: none of a thousand; one that goes back here is a fault.
    assert not ends(EQUALS[-1], range(2)).any()


def test_the_guard_leaves_arms_alone_that_are_alike(monkeypatch):
    monkeypatch.setattr(rollouts, "GUARDED_REQUESTS", 2000)

    assert np.mean(false_alarms(EQUALS[1], 200)) <= 0.01


def test_one_percentage_point_more_errors_is_caught_within_two_thousand_requests():
    assert np.mean(until_caught(0.0, 100) <= MOST_CANARY_REQUESTS) == 1
    assert np.mean(until_caught(0.001, 100) <= MOST_CANARY_REQUESTS) >= 0.97
    # Beside one percent of errors no test finds it always: at one look 85 %.
    assert np.mean(until_caught(0.01, 100) <= MOST_CANARY_REQUESTS) >= 0.7


def test_the_figures_that_are_promised_come_from_five_hundred_simulations():
    assert N_ROLLOUTS == 500
    assert shipped().false_rollback_rate == pytest.approx(0.01)
    assert USUAL.error_rate == pytest.approx(0.0076)


def test_harm_that_goes_uncaught_misses_the_target(monkeypatch):
    nobody = dict.fromkeys(("shadow", "canary", "guard", "anywhere"), 0)
    caught = {rate: np.full(100, 300.0) for rate in LEAST_CAUGHT}
    missed = Simulated(100, {"alike": nobody}, caught | {0.01: np.full(100, np.inf)})
    monkeypatch.setattr(rollouts, "simulate", lambda _: missed)
    console = Console(width=200, record=True, file=StringIO())

    assert report(console, 0.1) == 1
    assert "errors 1.0%: less than 78% of the harm is caught" in console.export_text()
