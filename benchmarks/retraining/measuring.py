"""Businesses lived through in several processes, told step by step."""

import multiprocessing
import os
import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress

from benchmarks.retraining.business import business
from benchmarks.retraining.policies import policies
from benchmarks.retraining.study import Lived, Study, gathered
from benchmarks.retraining.years import Years

PROCESSES = 2
ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
LOOK_SECONDS = 1.0

Say = Callable[[str], None]


def measure(n_businesses: int, n_customers: int, say: Say) -> Study:
    """Every business under every policy, in several processes of one thread each."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    fresh = multiprocessing.get_context("spawn")
    with fresh.Manager() as manager, ProcessPoolExecutor(PROCESSES, fresh) as pool:
        steps = manager.Queue()
        seeds = range(1, n_businesses + 1)
        lives = [pool.submit(lived, seed, n_customers, steps.put) for seed in seeds]
        _follow(lives, steps, n_businesses * (1 + len(policies())), say)
        return gathered([life.result() for life in lives], n_customers)


def _follow(
    lives: Sequence[Future[Lived]], steps: "queue.Queue[str]", n_steps: int, say: Say
) -> None:
    """Say what the processes do until all are done."""
    started, n_done = time.monotonic(), 0
    while not steps.empty() or not all(life.done() for life in lives):
        with suppress(queue.Empty):
            step, n_done = steps.get(timeout=LOOK_SECONDS), n_done + 1
            say(f"{time.monotonic() - started:5.0f} s  {n_done}/{n_steps}  {step}")


def lived(seed: int, n_customers: int, say: Say) -> Lived:
    """One business under every policy."""
    years = Years(business(seed, n_customers))
    say(f"business {seed}: simulated")
    done = []
    for policy in policies():
        done.append(years.lived(policy))
        say(f"business {seed}: {policy.name}")
    campaigns = tuple(one for each, _ in done for one in each)
    return Lived(campaigns, tuple(one for _, each in done for one in each))
