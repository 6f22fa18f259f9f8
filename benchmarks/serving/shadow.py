"""What a shadow costs the champion: with and without one, again and again.

One server, told now this and now that, so that both are measured in one process.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.serving.ours import Ours, ours
from benchmarks.serving.prepared import Prepared
from benchmarks.serving.processes import running
from benchmarks.serving.requests import Request
from benchmarks.serving.rounds import CONNECTIONS, WARM_UP_SECONDS
from benchmarks.serving.steady import steady_load
from benchmarks.serving.targets import Figure
from benchmarks.serving.wrk import full_load

RESAMPLES = 2000
SEED = 20240101
SETTLED_SECONDS = 1.0


def shadow(
    prepared: Prepared,
    folder: Path,
    *,
    n_rounds: int,
    seconds: float,
    tell: Callable[[str], None],
) -> Figure:
    """Median over the rounds of p99 with a shadow by p99 without, at half load."""
    server = ours(folder)
    server.serve(prepared, "live")
    p99: dict[bool, list[float]] = {False: [], True: []}
    with running(server.program, folder / "log"):
        request = server.ask(prepared.customers[:1])
        most = full_load(request, connections=CONNECTIONS, seconds=WARM_UP_SECONDS)
        rate = most.requests_per_second / 2
        for number in range(n_rounds):
            tell(f"shadow: round {number + 1} of {n_rounds}")
            for is_on in (False, True) if number % 2 else (True, False):
                _switch(server, prepared, is_on=is_on)
                p99[is_on].append(_p99_ms(request, rate, seconds))
    low, high = interval(p99[True], p99[False])
    without, with_one = np.median(p99[False]), np.median(p99[True])
    return Figure(
        ratio(p99[True], p99[False]),
        f"95 %: {low:.2f} to {high:.2f}; {without:.2f} ms without, {with_one:.2f} ms "
        f"with, {rate:,.0f} requests/s, {n_rounds} rounds",
    )


def ratio(with_one: Sequence[float], without: Sequence[float]) -> float:
    """Median of the paired ratios."""
    return float(np.median(np.divide(with_one, without)))


def interval(
    with_one: Sequence[float], without: Sequence[float]
) -> tuple[float, float]:
    """Where 95 % of such medians lie when the rounds are drawn anew."""
    ratios = np.divide(with_one, without)
    rng = np.random.default_rng(SEED)
    drawn = np.median(rng.choice(ratios, (RESAMPLES, len(ratios))), axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _switch(server: Ours, prepared: Prepared, *, is_on: bool) -> None:
    server.serve(prepared, "shadow" if is_on else "live")
    server.wait_for(prepared.challenger.version if is_on else None)


def _p99_ms(request: Request, rate: float, seconds: float) -> float:
    """After a moment, in which the observer has found the new challenger."""
    steady_load(request, rate=rate, seconds=SETTLED_SECONDS, connections=CONNECTIONS)
    found = steady_load(request, rate=rate, seconds=seconds, connections=CONNECTIONS)
    return found.percentile_ms(99)
