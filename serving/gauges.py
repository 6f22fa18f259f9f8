"""What Prometheus sees of the server itself, read at the moment of the scrape."""

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from serving.active import (
    Observation,
    StateFolder,
    Status,
    read_observation,
    read_status,
    read_workers,
)
from serving.worker import Loaded, Served

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def gauges(state: StateFolder, served: Served | None) -> list[Metric]:
    """All of them, from the state folder, what is served, and the system."""
    status, observation = read_status(state), read_observation(state)
    found = [*_of_served(served), *_of_disk(state)]
    if status is not None:
        found += _of_status(status)
    if observation is not None:
        found += _of_observation(observation)
    processes = {
        "worker": [worker.pid for worker in read_workers(state)] or [os.getpid()],
        "supervisor": [status.pid] if status else [],
        "observer": [observation.pid] if observation else [],
    }
    return [*found, *_of_processes(processes)]


def _of_served(served: Served | None) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "holdfast_model_info",
        "1 for each version that is loaded, by its arm.",
        labels=("model", "version", "arm", "mode", "kind", "bundle_sha256"),
    )
    if served is not None:
        for arm, loaded in (
            ("champion", served.champion),
            ("challenger", served.challenger),
        ):
            if loaded is not None:
                info.add_metric(_labels(served, arm, loaded), 1)
        yield _gauge(
            "holdfast_release_sequence", "Of the release served.", served.sequence
        )
        yield _gauge(
            "holdfast_canary_weight",
            "Share of customers whom the challenger answers.",
            served.weight if served.mode == "canary" else 0.0,
        )
    yield info


def _labels(served: Served, arm: str, loaded: Loaded) -> tuple[str, ...]:
    kind = loaded.bundle.kind
    sha256 = loaded.bundle_sha256[:12]
    return (served.model, loaded.version, arm, served.mode, kind, sha256)


def _of_disk(state: StateFolder) -> Iterator[Metric]:
    yield _gauge(
        "holdfast_log_bytes",
        "Of the prediction log on this disk; all that is not in the store.",
        float(sum(map(_size, (*state.log.glob("*"), *state.shadow.glob("*"))))),
    )
    with contextlib.suppress(OSError):
        yield _gauge(
            "holdfast_disk_free_bytes",
            "Left to the log on this disk.",
            float(shutil.disk_usage(state.path).free),
        )


def _size(path: Path) -> int:
    """0 of one that was shipped meanwhile."""
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _of_status(status: Status) -> Iterator[Metric]:
    yield _gauge(
        "holdfast_start_time_seconds",
        "When the server started, since 1970.",
        status.started_at,
    )
    yield _counter(
        "holdfast_swaps", "Releases taken into service.", status.accepted_total
    )
    yield _counter(
        "holdfast_worker_deaths",
        "Workers that ended unasked.",
        status.worker_deaths_total,
    )
    yield _counter(
        "holdfast_observer_deaths",
        "Times the observer ended unasked.",
        status.observer_deaths_total,
    )
    yield _counter(
        "holdfast_log_segments_shipped",
        "Segments of the prediction log brought to the store.",
        status.segments_shipped_total,
    )
    yield _gauge(
        "holdfast_release_readable",
        "0 where the release could not be read at the last look.",
        float(status.source_error is None),
    )
    yield _gauge(
        "holdfast_log_shippable",
        "0 where segments could not be brought to the store at the last try.",
        float(status.ship_error is None),
    )


def _of_observation(observation: Observation) -> Iterator[Metric]:
    drift = GaugeMetricFamily(
        "holdfast_input_drift_psi",
        "Population stability index of recent values against the training's.",
        labels=("feature",),
    )
    for feature, value in observation.drift.items():
        drift.add_metric((feature,), value)
    yield drift
    if observation.score_drift is not None:
        yield _gauge(
            "holdfast_score_drift_psi",
            "The same of the scores.",
            observation.score_drift,
        )
    yield _counter(
        "holdfast_shadow_rows",
        "Rows the shadow was asked for.",
        observation.shadow_rows,
    )
    yield _counter(
        "holdfast_shadow_failures", "Rows it failed on.", observation.shadow_failed
    )
    yield _counter(
        "holdfast_observer_skipped_bytes",
        "Of the log, left out by the observer for lack of time.",
        observation.skipped_bytes,
    )
    yield _gauge(
        "holdfast_observer_lag_bytes",
        "Of the log, not yet seen by the observer.",
        observation.lag_bytes,
    )


def _of_processes(processes: Mapping[str, Iterable[int]]) -> Iterator[Metric]:
    seconds = CounterMetricFamily(
        "process_cpu_seconds", "CPU time of living processes.", labels=("process",)
    )
    resident = GaugeMetricFamily(
        "process_resident_memory_bytes", "Resident memory.", labels=("process",)
    )
    number = GaugeMetricFamily(
        "holdfast_processes", "Processes alive.", labels=("process",)
    )
    for name, pids in processes.items():
        usages = [usage for usage in map(_usage, pids) if usage is not None]
        seconds.add_metric((name,), sum(cpu for cpu, _ in usages))
        resident.add_metric((name,), sum(memory for _, memory in usages))
        number.add_metric((name,), len(usages))
    yield from (seconds, resident, number)


def _usage(pid: int) -> tuple[float, int] | None:
    """CPU seconds and resident bytes of a process; None if it ended, or off Linux."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # What precedes the last bracket is the program's name, with any characters.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * PAGE_BYTES


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)
