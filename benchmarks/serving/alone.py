"""Our model and our server by themselves."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.serving.ours import Ours, ours
from benchmarks.serving.prepared import Prepared
from benchmarks.serving.processes import resident_mb, running
from benchmarks.serving.requests import answer
from benchmarks.serving.rounds import CONNECTIONS
from benchmarks.serving.steady import steady_load
from benchmarks.serving.targets import Figure
from benchmarks.serving.wrk import full_load
from churn.scoring.inputs import InputSchema
from churn.scoring.release import Served

CALLS = 20_000
BATCHES_PER_SECOND = 20
BATCH_SECONDS = 10.0
STARTS = 5
USED_SECONDS = 3.0


def call(prepared: Prepared) -> Figure:
    """One row through the graph; what comes before it is in the note."""
    inputs = InputSchema.of(prepared.bundle.manifest)
    values = [dict(prepared.customers[0].values)]
    columns, _ = inputs.columns(values)
    p50_us = _p50_us(lambda: prepared.bundle.predict(columns))
    checked_us = _p50_us(lambda: inputs.columns(values))
    return Figure(p50_us, f"{prepared.kind}; checking its values {checked_us:.1f} µs")


def batch(prepared: Prepared, folder: Path) -> Figure:
    """All customers in each request, one request at a time, at a moderate rate."""
    server = _served(prepared, folder)
    with running(server.program, folder / "log"):
        request = server.ask(prepared.customers)
        steady_load(request, rate=BATCHES_PER_SECOND, seconds=2, connections=1)
        found = steady_load(
            request, rate=BATCHES_PER_SECOND, seconds=BATCH_SECONDS, connections=1
        )
    p50, p99 = found.percentile_ms(50), found.percentile_ms(99)
    return Figure(p50, f"p99 {p99:.1f} ms, {len(request.body) / 1000:.0f} kB")


def start(prepared: Prepared, folder: Path) -> Figure:
    """From the start of a process without any state to its first "ready"."""
    seconds = []
    for number in range(STARTS):
        own = folder / str(number)
        own.mkdir()
        with running(_served(prepared, own).program, own / "log") as server:
            seconds.append(server.seconds)
    spread = f"{min(seconds):.2f} to {max(seconds):.2f} s in {STARTS} starts"
    return Figure(median(seconds), spread)


def memory(prepared: Prepared, folder: Path) -> Figure:
    """What the worker holds after a load of single customers."""
    return _memory(_served(prepared, folder), prepared, "")


def memory_reasons(prepared: Prepared, folder: Path) -> Figure:
    """The same of boosted trees that gave reasons, which takes their library."""
    server = _served(prepared, folder, champion=prepared.challenger)
    return _memory(server, prepared, "?reasons=3")


def _memory(server: Ours, prepared: Prepared, query: str) -> Figure:
    with running(server.program, server.folder / "log"):
        request = server.ask(prepared.customers[:1], query)
        answer(request)
        full_load(request, connections=CONNECTIONS, seconds=USED_SECONDS)
        before = resident_mb(server.worker())
        answer(server.ask(prepared.customers, query))
        after = resident_mb(server.worker())
    return Figure(after, f"{before:.0f} MB before 1,000 customers at once")


def _served(prepared: Prepared, folder: Path, champion: Served | None = None) -> Ours:
    server = ours(folder)
    server.serve(prepared, "live", champion)
    return server


def _p50_us(run: Callable[[], Any]) -> float:
    took = np.empty(CALLS)
    for n in range(CALLS):
        started = time.perf_counter()
        run()
        took[n] = time.perf_counter() - started
    return float(np.median(took[CALLS // 10 :])) * 1e6
