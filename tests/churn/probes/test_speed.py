from itertools import count
from typing import Any

import numpy as np

from churn.probes.speed import n_bytes, time_calls
from churn.scoring.bundle import Bundle
from tests.snapshot_rows import bundle

COLUMNS = {"x": np.array([10.0, 20.0, 30.0])}


class Clock:
    """Time that passes only while somebody works."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Worker(Bundle):
    """A bundle whose calls take as long as the row says, times its own slowness."""

    def score(self, columns: Any) -> Any:
        clock, slowness, calls = self.session
        clock.seconds += slowness * float(columns["x"][0])
        calls.append((slowness, list(columns["x"])))
        return columns["x"]


def worker(clock: Clock, slowness: float, calls: list[Any], size: int = 1) -> Worker:
    return Worker({}, {"file": b"x" * size}, (clock, slowness, calls))


def test_both_score_the_same_single_rows_in_turn() -> None:
    clock, calls = Clock(), []
    slow, fast = worker(clock, 2.0, calls), worker(clock, 1.0, calls)

    seen = time_calls(slow, fast, COLUMNS, n_calls=4, clock=clock)

    # The fourth call is about the first row again.
    assert seen.challenger_seconds == (20.0, 40.0, 60.0, 20.0)
    assert seen.champion_seconds == (10.0, 20.0, 30.0, 10.0)
    assert all(len(row) == 1 for _, row in calls)


def test_a_first_call_of_each_is_not_counted_and_they_take_turns_to_be_first() -> None:
    clock, calls = Clock(), []
    slow, fast = worker(clock, 2.0, calls), worker(clock, 1.0, calls)

    time_calls(slow, fast, COLUMNS, n_calls=3, clock=clock)

    assert [slowness for slowness, _ in calls] == [2, 1, 2, 1, 1, 2, 2, 1]


def test_all_files_are_weighed() -> None:
    clock = Clock()
    large, small = worker(clock, 1.0, [], 300), worker(clock, 1.0, [], 20)

    seen = time_calls(large, small, COLUMNS, n_calls=1, clock=clock)

    assert (seen.challenger_bytes, seen.champion_bytes) == (300, 20)


def test_a_bundle_weighs_what_its_files_do() -> None:
    model = bundle()
    ticks = count()
    columns = {
        name: np.array([""], dtype=object) if name in ("plan", "region") else [np.nan]
        for name in model.feature_names
    }

    seen = time_calls(
        model,
        model,
        {name: np.asarray(values) for name, values in columns.items()},
        n_calls=2,
        clock=lambda: float(next(ticks)),
    )

    assert n_bytes(model) == sum(len(content) for content in model.files.values())
    assert seen.challenger_seconds == seen.champion_seconds == (1.0, 1.0)
