"""Metrics: what is counted, for all workers together, in a form Prometheus reads."""

import os
import shutil
import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families

from serving.metrics import observe_all
from tests.conftest import CHECKOUT
from tests.serving.boards import board_of
from tests.serving.running import asked
from tests.serving.served import InProcess, in_process, small


def metrics(server: InProcess) -> dict[tuple[str, frozenset], float]:
    text = server.ask("GET", "/metrics", b"").content.decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(found, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def test_answers_are_counted_by_what_they_were(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    before = metrics(server)

    server.post(asked(0.5))
    server.post({"customers": [asked(-9.0), asked(1.0), asked(-2.5)]})
    server.post(b"{")
    after = metrics(server)

    def more(name: str, **labels: str) -> float:
        return read(after, name, **labels) - read(before, name, **labels)

    champion = {"arm": "champion"}
    assert more("holdfast_requests_total", route="predict", status="200") == 2
    assert more("holdfast_requests_total", route="predict", status="400") == 1
    assert more("holdfast_request_seconds_count", route="predict") == 3
    assert more("holdfast_predictions_total", decision="contact", **champion) == 2
    assert more("holdfast_predictions_total", decision="no_contact", **champion) == 2
    # 1 / (1 + exp(9)) and 1 / (1 + exp(2.5)) are below a tenth, the others above.
    assert more("holdfast_score_bucket", le="0.1", **champion) == 2
    assert more("holdfast_score_count", **champion) == 4
    assert more("holdfast_warnings_total", kind="out_of_range") == 1
    assert more("holdfast_log_records_total") == 4


def test_the_model_is_named_and_the_process_measured(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0), small(tmp_path, 2.0))

    found = metrics(server)

    info = {
        dict(labels)["arm"]: dict(labels)
        for name, labels in found
        if name == "holdfast_model_info"
    }
    assert info["champion"]["version"] == "1.0"
    assert info["challenger"]["version"] == "2.0"
    assert info["champion"]["mode"] == "canary"
    assert read(found, "process_resident_memory_bytes", process="worker") > 2**20
    assert read(found, "process_cpu_seconds_total", process="worker") > 0
    assert read(found, "holdfast_release_sequence") == 7


def test_failures_are_counted_from_none_on(tmp_path):
    found = metrics(in_process(tmp_path, small(tmp_path, 1.0)))

    failed = [
        dict(labels)["status"]
        for name, labels in found
        if name == "holdfast_requests_total" and ("route", "predict") in labels
    ]
    assert {"500", "503"} <= set(failed)


def test_what_the_log_takes_of_the_disk_is_told(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    board_of(server.state)
    server.post(asked(0.5))
    (server.state.shadow / "segment.open").write_bytes(bytes(1000))

    found = metrics(server)

    logged = sum(path.stat().st_size for path in server.state.log.iterdir())
    assert logged > 0
    assert read(found, "holdfast_log_bytes") == logged + 1000
    assert read(found, "holdfast_disk_free_bytes") == pytest.approx(
        shutil.disk_usage(tmp_path).free, rel=0.1
    )
    assert ("holdfast_start_time_seconds", frozenset()) in found


def test_a_stranger_makes_no_new_labels(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    for n in range(20):
        server.ask("GET", f"/stranger-{n}", b"")
        server.post({"values": {f"name-{n}": 1}})

    assert not [labels for _, labels in metrics(server) if "stranger" in str(labels)]


@pytest.mark.parametrize("values", [[], [0.0], [0.1, 0.1, 0.35, 1.0], [2.0, 0.99]])
def test_many_observations_are_as_each_alone(values):
    registry = CollectorRegistry()
    one = Histogram("one", "-", buckets=(0.1, 0.5, 1.0), registry=registry)
    all_ = Histogram("all", "-", buckets=(0.1, 0.5, 1.0), registry=registry)

    for value in values:
        one.observe(value)
    observe_all(all_, values)

    singly, together = one.collect()[0].samples, all_.collect()[0].samples
    assert [s[1:3] for s in singly[:-1]] == [s[1:3] for s in together[:-1]]


def test_workers_are_added_up(tmp_path):
    code = (
        "from serving.metrics import LOGGED, exposition; LOGGED.inc(2);"
        "print([l for l in exposition([]).decode().splitlines()"
        " if l.startswith('holdfast_log_records_total')])"
    )
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=CHECKOUT,
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]

    assert "holdfast_log_records_total 2.0" in told[0]
    assert "holdfast_log_records_total 4.0" in told[1]
