"""The whole server, started for real."""

import contextlib
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from serving.active import read_observation, read_workers
from serving.keys import add_key
from storage.objects import open_objects
from storage.release import write_release
from tests.serving.running import RunningServer, asked, wait_for
from tests.serving.small_bundles import (
    TRAP,
    expected,
    publish,
    release_of,
    small_bundle,
)
from tests.storage.s3_server import BUCKET
from tests.storage.small_disks import small_disk

pytestmark = pytest.mark.server
OPEN = ("/health/live", "/health/ready", "/metrics", "/release", "/openapi.json")
FAST = ("--follow-seconds", "0.05")


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def one(tmp_path: Path):
    return small_bundle(tmp_path / "one", 1.0)


@pytest.fixture
def two(tmp_path: Path):
    return small_bundle(tmp_path / "two", 2.0)


def server(tmp_path: Path, release: Path, *options: str) -> RunningServer:
    return RunningServer(tmp_path / "state", "--release", str(release), *FAST, *options)


def test_it_serves_what_the_release_names_and_follows_it(tmp_path, releases, one, two):
    path = publish(releases, release_of(one, sequence=1))

    with server(tmp_path, path) as running:
        running.serving(1)
        first = running.predict(0.7)
        publish(releases, release_of(two, sequence=2))
        running.serving(2)
        second = running.predict(0.7)

    assert first["probability"] == pytest.approx(expected(1.0, 0.7), abs=1e-6)
    assert second["probability"] == pytest.approx(expected(2.0, 0.7), abs=1e-6)
    assert (first["model_version"], second["model_version"]) == ("1.0", "2.0")


def test_who_started_it_is_told_once_for_all_and_of_each_change(
    tmp_path, releases, one, two, capfd
):
    path = publish(releases, release_of(one, sequence=1))

    with server(tmp_path, path, "--greeting", "ask me") as running:
        wait_for(lambda: "answers at" in running.said)
        publish(releases, release_of(one, sequence=2))
        running.serving(2)
        publish(releases, release_of(two, sequence=3))
        wait_for(lambda: "version 2.0 answers at" in running.said)
        said = running.said

    assert said.count("answers at") == 2
    assert capfd.readouterr().out == "ask me\n"


def test_a_bad_release_is_refused_reported_and_the_old_one_goes_on(
    tmp_path, releases, one, two
):
    path = publish(releases, release_of(one, sequence=1))
    graph = Path(two.bundle_uri) / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-10] + b"0123456789")

    with server(tmp_path, path) as running:
        running.serving(1)
        publish(releases, release_of(two, sequence=2))
        refusal = wait_for(lambda: running.status.refusal)
        prediction = running.predict(0.7)
        _, shown = running.ask("GET", "/release")
        _, metrics = running.ask("GET", "/metrics")
        publish(releases, release_of(one, sequence=3))
        running.serving(3)
        after = wait_for(lambda: running.status.refusal is None)

    assert (refusal.sequence, refusal.part) == (2, "release")
    assert "the file was altered" in refusal.reason
    assert prediction["model_version"] == "1.0"
    assert "the file was altered" in str(shown)
    assert "holdfast_release_refused_total 1.0" in metrics
    assert after


def test_restarted_without_its_release_it_serves_the_last_accepted_one(
    tmp_path, releases, one
):
    path = publish(releases, release_of(one, sequence=1))
    with server(tmp_path, path) as running:
        running.serving(1)
    shutil.rmtree(releases)
    shutil.rmtree(one.bundle_uri)

    with server(tmp_path, path) as running:
        running.serving(1)
        prediction = running.predict(0.7)
        told = wait_for(lambda: running.status.source_error)

    assert prediction["model_version"] == "1.0"
    assert "no release there" in told


def test_a_release_may_be_pushed(tmp_path, one):
    document = {"format_version": 1} | msgspec.to_builtins(release_of(one, sequence=5))
    keys = tmp_path / "keys.json"
    scopes = ("release", "predict")
    key = {"X-API-Key": add_key(keys, "pipeline", scopes=scopes, expires_at=None)}

    with RunningServer(tmp_path / "state", *FAST, "--keys", str(keys)) as running:
        wait_for(lambda: _answers(running))
        refused, _ = running.ask("PUT", "/release", document)
        taken, answer = running.ask("PUT", "/release", document, **key)
        running.serving(5)
        _, predicted = running.ask("POST", "/predict", asked(0.7), **key)

    assert (refused, taken) == (401, 200), answer
    assert predicted["model_version"] == "1.0"


def test_a_pushed_release_is_judged_each_time_it_is_pushed(tmp_path, one, two):
    graph = Path(two.bundle_uri) / "model.onnx"
    whole = graph.read_bytes()
    graph.write_bytes(whole[:-10] + b"0123456789")
    keys = tmp_path / "keys.json"
    scopes = ("release", "predict", "metrics")
    key = {"X-API-Key": add_key(keys, "pipeline", scopes=scopes, expires_at=None)}

    def push(sequence: int, champion) -> tuple[int, Any]:
        release = msgspec.to_builtins(release_of(champion, sequence=sequence))
        return running.ask("PUT", "/release", {"format_version": 1} | release, **key)

    with RunningServer(tmp_path / "state", *FAST, "--keys", str(keys)) as running:
        wait_for(lambda: _answers(running))
        good, _ = push(5, one)
        bad = [push(6, two) for _ in range(2)]
        older, _ = push(4, one)
        served = running.ask("GET", "/release", **key)[1]["serving"]
        graph.write_bytes(whole)
        mended, _ = push(6, two)
        _, predicted = running.ask("POST", "/predict", asked(0.7), **key)

    assert (good, older, mended) == (200, 409, 200)
    assert [status for status, _ in bad] == [422, 422]
    assert all("the file was altered" in told["detail"] for _, told in bad)
    assert (served["sequence"], served["champion"]["version"]) == (5, "1.0")
    assert predicted["model_version"] == "2.0"


def test_a_disk_that_fills_up_ends_nobody_and_refuses_what_it_cannot_log(tmp_path):
    with small_disk(tmp_path / "disk", 3000) as disk:
        path = publish(
            tmp_path / "releases",
            release_of(small_bundle(tmp_path / "one", 1.0), sequence=1),
        )
        with RunningServer(disk / "state", "--release", str(path), *FAST) as running:
            running.serving(1)

            def status() -> int:
                return running.ask("POST", "/predict", asked(0.7))[0]

            statuses = [status()]
            fill(disk / "ballast")
            # The last page that the log has taken holds some more lines.
            wait_for(lambda: status() == 503)
            statuses += [status(), status()]
            others = [running.ask("GET", path)[0] for path in OPEN]
            (worker,) = running.workers
            os.kill(worker, signal.SIGKILL)
            wait_for(lambda: not Path(f"/proc/{worker}").exists())
            wait_for(running.is_ready)
            statuses.append(status())
            (disk / "ballast").unlink()
            statuses.append(status())
            deaths = wait_for(lambda: running.status.worker_deaths_total)

    assert statuses == [200, 503, 503, 503, 200]
    assert others == [200] * len(OPEN)
    assert deaths == 1


def fill(path: Path) -> None:
    """Write until the disk takes no more."""
    with path.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


def test_a_killed_worker_is_replaced_and_ready_before_it_is_asked(
    tmp_path, releases, one
):
    path = publish(releases, release_of(one, sequence=1))

    with server(tmp_path, path, "--workers", "2") as running:
        running.serving(1, workers=2)
        killed = running.workers[0]
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: running.status.worker_deaths_total == 1)
        wait_for(lambda: len(running.workers) == 2 and killed not in running.workers)
        answers = [running.predict(0.7)["model_version"] for _ in range(50)]

    assert answers == ["1.0"] * 50


def test_workers_agree_on_arms_and_counts(tmp_path, releases, one, two):
    release = release_of(one, two, sequence=1, mode="canary", weight=0.3)
    path = publish(releases, release)
    customers = [f"c{n}" for n in range(200)]

    with server(tmp_path, path, "--workers", "2") as running:
        running.serving(1, workers=2)
        rounds = [
            [running.predict(0.7, customer)["model_version"] for customer in customers]
            for _ in range(3)
        ]
        _, metrics = running.ask("GET", "/metrics")

    assert rounds[0] == rounds[1] == rounds[2]
    share = rounds[0].count("2.0") / len(customers)
    assert 0.2 < share < 0.4
    counted = {
        arm: sum(
            float(line.split()[-1])
            for line in metrics.splitlines()
            if line.startswith("holdfast_predictions_total") and f'arm="{arm}"' in line
        )
        for arm in ("champion", "challenger")
    }
    assert counted["challenger"] == 3 * rounds[0].count("2.0")
    assert sum(counted.values()) == 600


def test_a_worker_without_its_supervisor_ends(tmp_path, releases, one):
    path = publish(releases, release_of(one, sequence=1))

    with server(tmp_path, path) as running:
        running.serving(1)
        (worker,) = running.workers
        running.process.kill()
        running.process.wait()
        gone = wait_for(lambda: not Path(f"/proc/{worker}").exists())

    assert gone


@pytest.mark.parametrize("trap", ["raise", "memory", "hang"])
def test_a_shadow_that_misbehaves_harms_no_answer(tmp_path, releases, one, trap):
    bad = small_bundle(tmp_path / "bad", 3.0, trap=trap)
    path = publish(releases, release_of(one, bad, sequence=1))

    with server(tmp_path, path, "--observer-hang-seconds", "1") as running:
        running.serving(1)
        wait_for(lambda: running.observer)
        for n in range(20):
            running.predict(TRAP + 1 if n % 5 == 0 else 0.7)
        if trap == "hang":
            wait_for(lambda: running.status.observer_deaths_total)
            first = wait_for(lambda: running.observer)
            running.predict(0.5)
        else:
            first = wait_for(lambda: read_observation(running.state).shadow_failed)
        seconds = []
        for _ in range(50):
            began = time.perf_counter()
            answer = running.predict(0.7)
            seconds.append(time.perf_counter() - began)

    assert first
    assert answer["model_version"] == "1.0"
    assert sorted(seconds)[25] < 0.05


def test_a_shadow_that_keeps_killing_its_process_is_dropped(tmp_path, releases, one):
    bad = small_bundle(tmp_path / "bad", 3.0, trap="hang")
    path = publish(releases, release_of(one, bad, sequence=1))
    options = ("--observer-hang-seconds", "0.5", "--observer-deaths", "2")

    with server(tmp_path, path, *options) as running:
        running.serving(1)

        def provoked() -> bool:
            running.predict(TRAP + 1)
            time.sleep(0.1)
            return running.active.challenger is None

        wait_for(provoked, seconds=60)
        reason = running.ask("GET", "/release")[1]["vetoes"][0]["reason"]

    assert "2 times: it hung" in reason


def test_a_killed_observer_is_started_again(tmp_path, releases, one, two):
    path = publish(releases, release_of(one, two, sequence=1))

    with server(tmp_path, path) as running:
        running.serving(1)
        before = wait_for(lambda: running.observer)
        os.kill(before, signal.SIGKILL)
        after = wait_for(lambda: running.observer not in {0, before})

        def shadowed() -> bool:
            running.predict(0.7)
            return read_observation(running.state).shadow_rows > 0

        wait_for(shadowed)

    assert after


def test_a_canary_that_raises_fails_no_request_and_is_taken_out(
    tmp_path, releases, one
):
    bad = small_bundle(tmp_path / "bad", 3.0, trap="raise")
    release = release_of(one, bad, sequence=1, mode="canary", weight=0.5)
    path = publish(releases, release)

    with server(tmp_path, path) as running:
        running.serving(1)

        def vetoed() -> bool:
            for n in range(20):
                assert running.predict(TRAP + 1, f"c{n}")["model_version"] == "1.0"
            return running.active.challenger is None

        wait_for(vetoed)
        veto = running.ask("GET", "/release")[1]["vetoes"][0]
        running.serving(1)
        (worker,) = read_workers(running.state)

    assert "fails more often" in veto["reason"]
    assert worker.challenger is None
    assert worker.switched_at - veto["at"] < 1


@pytest.mark.parametrize("n_customers", [1, 2])
def test_a_canary_that_hangs_a_worker_is_taken_out_and_the_champion_is_back(
    tmp_path, releases, one, n_customers: int
):
    bad = small_bundle(tmp_path / "bad", 3.0, trap="hang")
    release = release_of(one, bad, sequence=1, mode="canary", weight=1.0)
    path = publish(releases, release)

    with server(tmp_path, path, "--hang-seconds", "1") as running:
        running.serving(1)
        with pytest.raises(ConnectionError):
            running.ask(
                "POST", "/predict", {"customers": [asked(TRAP + 1)] * n_customers}
            )
        wait_for(lambda: running.active.challenger is None)
        wait_for(running.is_ready)
        answer = running.predict(TRAP + 1)

    assert answer["model_version"] == "1.0"
    assert "hung" in running.said


def test_a_canary_that_crashes_a_worker_is_taken_out(tmp_path, releases, one, two):
    release = release_of(one, two, sequence=1, mode="canary", weight=1.0)
    path = publish(releases, release)

    with server(tmp_path, path) as running:
        running.serving(1)
        canary = running.predict(0.7)
        os.kill(running.workers[0], signal.SIGSEGV)
        wait_for(lambda: running.active.challenger is None)
        running.serving(1)
        champion = running.predict(0.7)

    assert (canary["model_version"], champion["model_version"]) == ("2.0", "1.0")
    assert "a worker crashed (SIGSEGV)" in running.said


def test_a_second_server_does_not_take_the_same_folder(tmp_path, releases, one):
    path = publish(releases, release_of(one, sequence=1))

    with server(tmp_path, path) as running:
        running.serving(1)
        second = server(tmp_path, path)
        second.start(forget=False)
        second.process.wait(timeout=20)
        code = second.stop()

    assert code == 2
    assert "error: a server of churn-small already runs on port " in running.said


def _answers(running: RunningServer) -> bool:
    try:
        return running.ask("GET", "/health/live")[0] == 200
    except OSError:
        return False


def test_release_bundle_and_log_may_all_be_in_a_bucket(tmp_path, one, s3):
    address = f"s3://{BUCKET}/process/bundles/one"
    bundle = open_objects(address, environ=s3)
    for path in Path(one.bundle_uri).iterdir():
        bundle.put(path.name, path.read_bytes())
    release = release_of(replace(one, bundle_uri=address), sequence=1)
    stores = {
        "HOLDFAST_RELEASE_URL": f"s3://{BUCKET}/process/releases",
        "HOLDFAST_PREDICTIONS_URL": f"s3://{BUCKET}/process/log",
    }
    assert write_release(release, environ={**s3, **stores})

    options = ("--model", release.model, *FAST)
    given = {**s3, **stores}
    with RunningServer(tmp_path / "state", *options, **given) as running:
        running.serving(1)
        prediction = running.predict(0.7)

    shipped = open_objects(stores["HOLDFAST_PREDICTIONS_URL"], environ=s3)
    segments = [one.path for one in shipped.list()]

    assert prediction["model_version"] == "1.0"
    assert len(segments) == 1
    assert segments[0].startswith(f"{release.model}/segments/")
