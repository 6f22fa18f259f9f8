"""How a model server fares, from what it counts: rates, times, versions, resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from churn.monitoring.scrape import Scrape, quantile

START = "holdfast_start_time_seconds"
ASKED = ("predict", "seldon_predict", "v2_infer")
"""Routes that answer with scores; health, metrics and documents are no traffic."""


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What a server answered within some seconds.

    Requests are those for scores. ``error_share`` is of them what the server could not
    answer (5xx); what callers did wrong (4xx) is no error. ``contact_share`` is of the
    customers. Times run from the last byte of a request to its answer. Shares and times
    are None where nothing was asked.
    """

    seconds: float
    requests_per_second: float
    predictions_per_second: float
    error_share: float | None
    contact_share: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    cpu_cores: float


@dataclass(frozen=True, kw_only=True)
class ServedVersion:
    """One version that a server has loaded."""

    arm: str
    version: str
    mode: str
    bundle_sha256: str


@dataclass(frozen=True, kw_only=True)
class ServerHealth:
    """One server, at one moment.

    ``since_start`` is all of its life, ``recent`` the seconds between two looks (None
    where there was one). Resources are of workers, supervisor and observer together.
    ``log_bytes`` of the prediction log are not in the store yet. ``troubles`` says
    in words what is wrong; empty is well.
    """

    address: str
    at: datetime
    started_at: datetime
    model: str | None
    release_sequence: int | None
    versions: tuple[ServedVersion, ...]
    since_start: Traffic
    recent: Traffic | None
    n_workers: int
    resident_bytes: int
    n_swaps: int
    n_releases_refused: int
    n_vetoes: int
    n_worker_deaths: int
    n_lost_records: int
    log_bytes: int
    troubles: tuple[str, ...]


def health_of(address: str, last: Scrape, first: Scrape | None) -> ServerHealth:
    """What the last look shows, and what happened since the first, if there was one.

    Both are looks at a model server: they hold the metrics it always has.
    """
    started_at = datetime.fromtimestamp(last.total(START), tz=UTC)
    served = last.of("holdfast_model_info")
    sequence = last.total("holdfast_release_sequence")
    return ServerHealth(
        address=address,
        at=last.at,
        started_at=started_at,
        model=served[0][0]["model"] if served else None,
        release_sequence=int(sequence) if served else None,
        versions=_versions(last),
        since_start=_traffic(last, _between(started_at, last.at)),
        recent=_recent(first, last),
        n_workers=int(last.total("holdfast_processes", process="worker")),
        resident_bytes=int(last.total("process_resident_memory_bytes")),
        n_swaps=int(last.total("holdfast_swaps_total")),
        n_releases_refused=int(last.total("holdfast_release_refused_total")),
        n_vetoes=int(last.total("holdfast_challenger_vetoes_total")),
        n_worker_deaths=int(last.total("holdfast_worker_deaths_total")),
        n_lost_records=int(last.total("holdfast_log_lost_records_total")),
        log_bytes=int(last.total("holdfast_log_bytes")),
        troubles=tuple(_troubles(last)),
    )


def _versions(last: Scrape) -> tuple[ServedVersion, ...]:
    return tuple(
        ServedVersion(
            arm=labels["arm"],
            version=labels["version"],
            mode=labels["mode"],
            bundle_sha256=labels["bundle_sha256"],
        )
        for labels, _ in last.of("holdfast_model_info")
    )


def _recent(first: Scrape | None, last: Scrape) -> Traffic | None:
    if first is None:
        return None
    return _traffic(last.since(first), _between(first.at, last.at))


def _traffic(counted: Scrape, seconds: float) -> Traffic:
    asked = [one for one in counted.of("holdfast_requests_total") if _is_asked(one[0])]
    n_requests = sum(n for _, n in asked)
    n_failed = sum(n for labels, n in asked if labels["status"].startswith("5"))
    n_predictions = counted.total("holdfast_predictions_total")
    n_contacted = counted.total("holdfast_predictions_total", decision="contact")
    buckets = _buckets(counted)
    return Traffic(
        seconds=seconds,
        requests_per_second=n_requests / seconds,
        predictions_per_second=n_predictions / seconds,
        error_share=n_failed / n_requests if n_requests else None,
        contact_share=n_contacted / n_predictions if n_predictions else None,
        p50_seconds=quantile(buckets, 0.50),
        p95_seconds=quantile(buckets, 0.95),
        p99_seconds=quantile(buckets, 0.99),
        cpu_cores=counted.total("process_cpu_seconds_total") / seconds,
    )


def _buckets(counted: Scrape) -> Sequence[tuple[float, float]]:
    """Requests for scores by the longest they took, over all routes."""
    found: dict[float, float] = {}
    for labels, n in counted.of("holdfast_request_seconds_bucket"):
        if _is_asked(labels):
            bound = float(labels["le"])
            found[bound] = found.get(bound, 0.0) + n
    return list(found.items())


def _is_asked(labels: Mapping[str, str]) -> bool:
    return labels["route"] in ASKED


def _between(start: datetime, end: datetime) -> float:
    """Never zero: clocks of two machines may disagree."""
    return max((end - start).total_seconds(), 1e-3)


def _troubles(last: Scrape) -> list[str]:
    lost = int(last.total("holdfast_log_lost_records_total"))
    return [
        told
        for told, is_so in (
            ("no release is served", not last.has("holdfast_release_sequence")),
            ("the release cannot be read", _is_zero(last, "holdfast_release_readable")),
            (
                "the prediction log cannot be shipped",
                _is_zero(last, "holdfast_log_shippable"),
            ),
            (f"{lost} records of the log are lost", lost > 0),
        )
        if is_so
    ]


def _is_zero(last: Scrape, name: str) -> bool:
    return last.has(name) and last.total(name) == 0
