"""How the model server fares, as part of a page."""

from churn.monitoring.server import ServerHealth, Traffic
from churn.report.blocks import Block, Facts, Prose, Section
from churn.report.formats import number, plural
from churn.report.models_tables import moment

MILLISECONDS = 1000
MEGABYTE = 2**20


def server_section(server: ServerHealth | None, note: str) -> Section:
    """What runs, since when, how fast and how well; why not, where none answers."""
    if server is None:
        return Section("The server", (Prose(text=note),) if note else ())
    blocks: list[Block] = [Prose(text=t, tone="unsure") for t in server.troubles]
    blocks.append(Facts(items=_facts(server)))
    return Section("The server", tuple(blocks))


def _facts(server: ServerHealth) -> tuple[tuple[str, str], ...]:
    served = ", ".join(
        f"version {one.version} ({one.mode}, {one.arm})" for one in server.versions
    )
    used = (
        f"{plural(server.n_workers, 'worker')}, {server.since_start.cpu_cores:.2f} "
        f"cores, {server.resident_bytes / MEGABYTE:,.0f} MB"
    )
    happened = (
        f"{plural(server.n_swaps, 'swap')}, {server.n_vetoes:,} vetoes, "
        f"{plural(server.n_worker_deaths, 'dead worker')}, "
        f"{plural(server.n_lost_records, 'lost record')}"
    )
    return (
        ("Address", server.address),
        ("Up since", moment(server.started_at)),
        ("Serves", served or "nothing"),
        ("Traffic", _traffic(server.recent or server.since_start)),
        ("Answers", _times(server.recent or server.since_start)),
        ("Resources", used),
        ("Since it started", happened),
    )


def _traffic(traffic: Traffic) -> str:
    failed = number(traffic.error_share, "share") if traffic.error_share else "none"
    return (
        f"{traffic.requests_per_second:.2f} requests and "
        f"{traffic.predictions_per_second:.2f} scores a second over "
        f"{traffic.seconds:,.0f} s, failed: {failed}"
    )


def _times(traffic: Traffic) -> str:
    known = {"p50": traffic.p50_seconds, "p95": traffic.p95_seconds}
    known["p99"] = traffic.p99_seconds
    told = [
        f"{name} {seconds * MILLISECONDS:.2g} ms"
        for name, seconds in known.items()
        if seconds is not None
    ]
    return ", ".join(told) or "nothing was asked"
