"""All contenders side by side: the figures that hold ours against theirs."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.serving.contenders import CONTENDERS, check_answers
from benchmarks.serving.prepared import Prepared
from benchmarks.serving.processes import (
    CannotStartError,
    running,
    session_mb,
)
from benchmarks.serving.rounds import Asked, Round, rounds, times_as_fast, typical
from benchmarks.serving.targets import TARGETS, Figure

OURS = "holdfast"


@dataclass(frozen=True)
class Compared:
    """The rounds of each server, what it took to start and to run, and who is absent.

    ``start_seconds`` are of one start among others; ``memory_mb`` of all its processes.
    """

    rounds: Mapping[str, list[Round]]
    start_seconds: Mapping[str, float]
    memory_mb: Mapping[str, float]
    absent: Mapping[str, str]


def side_by_side(
    prepared: Prepared,
    names: Iterable[str],
    *,
    n_rounds: int,
    seconds: float,
    tell: Callable[[str], None],
) -> Compared:
    """Start all, measure all, round by round."""
    servers: dict[str, Asked] = {}
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        for name in names:
            tell(f"{name}: starting")
            try:
                servers[name] = _started(name, prepared, stack)
            except CannotStartError as error:
                absent[name] = str(error)
        measured = rounds(servers, n_rounds=n_rounds, seconds=seconds, tell=tell)
        memory = {
            n: session_mb(server.running.session) for n, server in servers.items()
        }
    starts = {name: server.running.seconds for name, server in servers.items()}
    return Compared(measured, starts, memory, absent)


def figures(measured: Mapping[str, list[Round]]) -> dict[str, Figure]:
    """Ours by itself and against each of the others; empty if ours did not run."""
    if OURS not in measured:
        return {}
    ours = typical(measured[OURS])
    note = f"{ours.cpu_us:.0f} µs of processor time each, {ours.n_failed} failed"
    found = {
        "rate": Figure(ours.requests_per_second, note),
        "half": Figure(ours.half_p99_ms, f"p50 {ours.half_p50_ms:.2f} ms"),
    }
    for name, theirs in measured.items():
        if name in TARGETS:
            less = typical(theirs).cpu_us / ours.cpu_us
            note = f"{less:.0f} times less processor time for a request"
            found[name] = Figure(times_as_fast(measured[OURS], theirs), note)
    return found


def _started(name: str, prepared: Prepared, stack: ExitStack) -> Asked:
    """What to ask a server that runs until the stack is left, and answers rightly."""
    folder = prepared.place(name)
    contender = CONTENDERS[name](prepared, folder)
    server = stack.enter_context(running(contender.program, folder / "log"))
    check_answers(contender, prepared)
    return Asked(contender.ask(prepared.customers[:1]), server)
