"""Rules and dashboard on a real Prometheus that scrapes a real server under load."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from serving.keys import add_key
from storage.model_server import ModelServer
from storage.server_health import server_health
from tests.ops.running_prometheus import JOB, OPS, RunningPrometheus
from tests.serving.running import RunningServer, asked, wait_for
from tests.serving.small_bundles import TRAP, publish, release_of, small_bundle

pytestmark = pytest.mark.server
VARIABLES = {
    "$__rate_interval": "5s",
    "$__range": "1m",
    "$__interval": "1m",
    "$job": JOB,
    "$instance": ".+",
}
MOST_SECONDS = 30.0
METRIC = re.compile(r"\b(?:holdfast|process)_[a-z_]+")
QUIET = {"HoldfastScoreDrift", "HoldfastErrors", "HoldfastDiskFull"}
"""What this load is meant to fire: other customers than training's, and failures; and
what this machine's disk may rightly fire while other tests write to it."""


def test_every_rule_and_panel_sees_what_the_server_does(tmp_path: Path):
    key = tmp_path / "key"
    with server(tmp_path, key) as running:
        port = running.status.port
        with RunningPrometheus(tmp_path / "prometheus", port, key) as prometheus:
            with load(running, key.read_text()):
                wait_for(lambda: prometheus.query("holdfast_release_sequence == 1"))
                publish(tmp_path / "releases", releases(tmp_path, sequence=2))
                running.serving(2, workers=2)

                assert left(lambda: blind_panels(prometheus)) == []
                assert left(lambda: blind_rules(prometheus)) == []
                assert prometheus.firing() <= QUIET
            check_health(prometheus, port, key.read_text())

            break_all(tmp_path, running)
            assert left(lambda: expected_alerts() - prometheus.firing()) == set()
            assert prometheus.query(query_of("Alerts"))
            assert dead_rules(prometheus) == []
            assert "HoldfastDown" not in prometheus.firing()
            key.write_text("not-a-key")
            wait_for(lambda: "HoldfastDown" in prometheus.firing())


def left(look: Callable[[], Collection[str]]) -> Collection[str]:
    """What is still there after some time, as a rule nothing."""
    end = time.monotonic() + MOST_SECONDS
    while (found := look()) and time.monotonic() < end:
        time.sleep(0.5)
    return found


def check_health(prometheus: RunningPrometheus, port: int, key: str) -> None:
    """The same figures from one look as Prometheus has of all, once nobody asks."""
    model_server = ModelServer(f"http://127.0.0.1:{port}", key)
    health = server_health(model_server, seconds=0.2)
    assert health is not None
    assert health.recent is not None
    told, now = health.since_start, health.recent
    asked_for = 'holdfast_requests_total{route="predict"}'
    failed = 'holdfast_requests_total{status=~"5.."}'
    buckets = 'sum by (le) (holdfast_request_seconds_bucket{route="predict"})'
    expected = {
        f"sum({asked_for})": told.requests_per_second * told.seconds,
        f"sum({failed}) / sum({asked_for})": told.error_share,
        f"histogram_quantile(0.50, {buckets})": told.p50_seconds,
        f"histogram_quantile(0.95, {buckets})": told.p95_seconds,
        f"histogram_quantile(0.99, {buckets})": told.p99_seconds,
    }
    for query, value in expected.items():
        assert left(lambda q=query, v=value: not_near(prometheus.query(q), v)) == []
    assert [(one.arm, one.version) for one in health.versions] == [
        ("champion", "1.0"),
        ("challenger", "2.0"),
    ]
    assert (health.release_sequence, health.n_workers, health.n_swaps) == (2, 2, 2)
    assert (now.requests_per_second, now.p50_seconds, health.troubles) == (0, None, ())


def not_near(found: Mapping[object, float], value: float | None) -> list[float]:
    """The numbers that are another one."""
    return [number for number in found.values() if number != pytest.approx(value)]


def query_of(title: str) -> str:
    """The only query of a panel."""
    (query,) = queries()[title]
    return query


def queries() -> dict[str, list[str]]:
    """All queries of each panel, as the dashboard would ask them, and annotations."""
    dashboard = json.loads((OPS / "grafana" / "dashboard.json").read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    found: dict[str, list[str]] = {}
    for place, panel in enumerate(panels):
        title = panel["title"] if panel["title"] not in found else f"again {place}"
        found[title] = [filled(target["expr"]) for target in panel["targets"]]
    for note in dashboard["annotations"]["list"]:
        if "target" in note:
            found[note["name"]] = [filled(note["target"]["expr"])]
    return found


def filled(expression: str) -> str:
    """As a dashboard fills in its variables."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression
    return expression


def blind_panels(prometheus: RunningPrometheus) -> list[str]:
    """Queries without any number, other than that of what fires."""
    return [
        query
        for title, found in queries().items()
        for query in found
        if title != "Alerts" and not prometheus.query(query)
    ]


def blind_rules(prometheus: RunningPrometheus) -> list[str]:
    """Rules that record nothing, or ask for a metric that the server does not have."""
    known = set(prometheus.asked("label/__name__/values"))
    rules = prometheus.rules()
    recorded = {rule["name"] for rule in rules if rule["type"] == "recording"}
    asked_for = {
        name for rule in rules for name in METRIC.findall(bare(rule["query"], recorded))
    }
    return sorted((recorded | asked_for) - known)


def bare(expression: str, recorded: set[str]) -> str:
    """An expression without the names of what is recorded."""
    for name in recorded:
        expression = expression.replace(name, "")
    return expression


def dead_rules(prometheus: RunningPrometheus) -> list[str]:
    """Rules that could not be evaluated."""
    return [rule["name"] for rule in prometheus.rules() if rule["health"] != "ok"]


def expected_alerts() -> set[str]:
    """What must fire once all of that is broken."""
    return {
        "HoldfastErrors",
        "HoldfastWorkersDie",
        "HoldfastLogNotShipped",
        "HoldfastReleaseRefused",
        "HoldfastReleaseUnreadable",
    }


def break_all(folder: Path, running: RunningServer) -> None:
    """End a worker, take the log's store away, spoil a release, then the file."""
    store = folder / "store"
    store.rename(folder / "moved")
    store.write_text("no folder")
    broken = release_of(None, sequence=3)
    (folder / "bad").mkdir()
    bad = small_bundle(folder / "bad" / "bundle", 3.0)
    (folder / "bad" / "bundle" / "model.onnx").write_bytes(b"spoilt")
    path = publish(folder / "releases", release_of(bad, sequence=broken.sequence))
    wait_for(lambda: running.status.refused_total)
    path.write_text("{")
    os.kill(running.workers[0], signal.SIGKILL)


def releases(folder: Path, *, sequence: int):
    """A champion that fails beyond the trap, and a challenger in canary."""
    made = folder / f"bundles{sequence}"
    champion = small_bundle(made / "champion", 1.0, trap="raise")
    challenger = small_bundle(made / "challenger", 2.0)
    return release_of(
        champion, challenger, sequence=sequence, mode="canary", weight=0.4
    )


@contextmanager
def server(folder: Path, key: Path) -> Iterator[RunningServer]:
    """Two workers that ask for a key, follow a release and ship their log."""
    keys = folder / "keys.json"
    scopes = ["predict", "metrics"]
    key.write_text(add_key(keys, "prometheus", scopes=scopes, expires_at=None))
    path = publish(folder / "releases", releases(folder, sequence=1))
    options = {
        "release": path,
        "follow-seconds": 0.05,
        "workers": 2,
        "keys": keys,
        "predictions": folder / "store",
        "segment-seconds": 0.5,
        "ship-seconds": 0.2,
    }
    flat = [part for name, value in options.items() for part in (f"--{name}", value)]
    with RunningServer(folder / "state", *map(str, flat)) as running:
        running.serving(1, workers=2)
        yield running


@contextmanager
def load(running: RunningServer, key: str) -> Iterator[None]:
    """Customers known and strange, a mistake of the caller's, a failure of ours."""
    ended = threading.Event()
    many = {"customers": [asked(n % 7 - 3.0, f"c{n}") for n in range(100)]}
    bodies = [asked(1.0), many, asked(-9.0, "c8"), {"values": {"tenur": 1}}]
    bodies.append(asked(TRAP + 1, "c0"))

    def ask() -> None:
        while not ended.wait(0.02):
            for body in bodies:
                running.ask("POST", "/predict", body, **{"X-API-Key": key})

    client = threading.Thread(target=ask)
    client.start()
    try:
        yield
    finally:
        ended.set()
        client.join()
