"""All servers in turn, again and again, so that noise falls on all alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.serving.processes import Running, cpu_seconds
from benchmarks.serving.requests import Request
from benchmarks.serving.steady import steady_load
from benchmarks.serving.wrk import FullLoad, full_load

CONNECTIONS = 16
WARM_UP_SECONDS = 2.0
MOST_STEADY_RATE = 8000
"""Per second; beyond it the sender, on the same processors, waits for itself."""


@dataclass(frozen=True)
class Round:
    """One server in one round; the half is of what it bore in this very round.

    ``cpu_us`` is of all its processes for a request at full load: hardly touched by
    what else the machine does.
    """

    requests_per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    half_p50_ms: float
    half_p99_ms: float
    n_failed: int


@dataclass(frozen=True)
class Asked:
    """A server that runs, and what it is asked."""

    request: Request
    running: Running


def rounds(
    servers: Mapping[str, Asked],
    *,
    n_rounds: int,
    seconds: float,
    tell: Callable[[str], None],
) -> dict[str, list[Round]]:
    """Measure each server in every round, each time beginning with another one."""
    names = list(servers)
    for name in names:
        tell(f"{name}: warming up")
        _full(servers[name], WARM_UP_SECONDS)
    found: dict[str, list[Round]] = {name: [] for name in names}
    for number in range(n_rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            tell(f"round {number + 1} of {n_rounds}: {name}")
            found[name].append(_one(servers[name], seconds))
    return found


def typical(found: list[Round]) -> Round:
    """The median of each figure; failures add up."""
    middle = {
        name: median(getattr(each, name) for each in found)
        for name in Round.__dataclass_fields__
    }
    return Round(**{**middle, "n_failed": sum(each.n_failed for each in found)})


def times_as_fast(ours: list[Round], theirs: list[Round]) -> float:
    """Median over the rounds of our requests per second by theirs."""
    return median(
        one.requests_per_second / other.requests_per_second
        for one, other in zip(ours, theirs, strict=True)
    )


def _one(server: Asked, seconds: float) -> Round:
    before = cpu_seconds(server.running.session)
    full = _full(server, seconds)
    used = cpu_seconds(server.running.session) - before
    half = steady_load(
        server.request,
        rate=min(full.requests_per_second / 2, MOST_STEADY_RATE),
        seconds=seconds,
        connections=CONNECTIONS,
    )
    return Round(
        requests_per_second=full.requests_per_second,
        cpu_us=used / full.n_requests * 1e6,
        p50_ms=full.p50_ms,
        p99_ms=full.p99_ms,
        half_p50_ms=half.percentile_ms(50),
        half_p99_ms=half.percentile_ms(99),
        n_failed=full.n_failed + half.n_failed,
    )


def _full(server: Asked, seconds: float) -> FullLoad:
    return full_load(server.request, connections=CONNECTIONS, seconds=seconds)
