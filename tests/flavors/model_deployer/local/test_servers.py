import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from churn.deployment import DeploymentError
from flavors.model_deployer.local.places import Place
from flavors.model_deployer.local.processes import alive, family, runs
from tests.model_servers import MODEL, answer, deployment, load, local_servers

CHECKOUT = Path(__file__).resolve().parents[4]


@pytest.fixture
def servers(tmp_path):
    """Servers of the stub program, ended afterwards whatever happens."""
    made = local_servers(tmp_path)
    yield made
    for place in [Place(path) for path in tmp_path.iterdir() if path.is_dir()]:
        for generation in place.generations:
            generation.stop(within_seconds=5)


def _named(servers, name, **options):
    """The same place with another program in it: an upgrade."""
    return dataclasses.replace(servers, options={"name": name, **options})


def _record(servers, model=MODEL):
    return servers._place(model).current()[1]


def _processes(servers):
    """Everything that has this test's folder on its command line."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(servers.folder) in part for part in process.info["cmdline"] or ())
        and runs(process)
    ]


def _until(holds):
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until, "did not come true in time"
        time.sleep(0.02)


@pytest.mark.server
def test_what_is_deployed_answers_at_the_address_that_was_told(servers):
    state = servers.deploy(deployment())

    assert (state.condition, state.reason) == ("ready", "")
    assert state == servers.state(MODEL)
    assert answer(state.url)["name"] == "blue"


@pytest.mark.server
def test_deploying_again_leaves_the_very_same_process(servers):
    before = servers.deploy(deployment())
    pid = answer(before.url)["pid"]

    after = servers.deploy(deployment())

    assert after == before
    assert answer(after.url)["pid"] == pid
    assert len(servers._place(MODEL).generations) == 1


@pytest.mark.server
def test_another_model_gets_another_server_and_neither_sees_the_other(servers):
    first = servers.deploy(deployment("churn-telco"))
    second = servers.deploy(deployment("churn-bank"))

    servers.stop("churn-bank")

    assert first.url != second.url
    assert servers.state("churn-bank").condition == "absent"
    assert servers.state("churn-telco") == first


@pytest.mark.server
def test_the_address_stays_when_a_server_is_stopped_and_deployed_again(servers):
    before = servers.deploy(deployment())
    servers.stop(MODEL)

    after = servers.deploy(deployment())

    assert after.url == before.url


@pytest.mark.server
def test_server_survives_the_process_that_deployed_it(tmp_path, servers):
    code = (
        "import sys; from pathlib import Path; from tests.model_servers import *;"
        f"made = local_servers(Path({str(tmp_path)!r}));"
        "print(made.deploy(deployment()).url)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    url = done.stdout.strip()
    keeper = alive(_record(servers).keeper)
    assert answer(url)["name"] == "blue"
    assert os.getsid(keeper.pid) != os.getsid(0)
    assert servers.state(MODEL).url == url


@pytest.mark.server
def test_a_killed_server_is_replaced_by_another_without_anybody_asking(servers):
    url = servers.deploy(deployment()).url
    before = _record(servers)

    os.kill(before.server.pid, signal.SIGKILL)

    _until(lambda: _record(servers).server not in (None, before.server))
    _until(lambda: servers.state(MODEL).condition == "ready")
    after = _record(servers)
    assert (after.n_restarts, after.keeper) == (1, before.keeper)
    assert answer(url)["name"] == "blue"


@pytest.mark.server
def test_a_server_whose_keeper_was_killed_is_replaced_by_the_next_deployment(servers):
    url = servers.deploy(deployment()).url
    before = _record(servers)
    os.kill(before.keeper.pid, signal.SIGKILL)
    _until(lambda: alive(before.keeper) is None)
    assert servers.state(MODEL).condition == "ready"

    servers.deploy(deployment())

    after = _record(servers)
    assert answer(url)["name"] == "blue"
    assert alive(after.keeper)
    assert alive(before.server) is None


@pytest.mark.server
@pytest.mark.parametrize("is_keeping_alive", [True, False])
def test_an_upgrade_under_load_loses_no_request(servers, is_keeping_alive):
    url = servers.deploy(deployment()).url

    with load(url, is_keeping_alive=is_keeping_alive) as outcomes:
        time.sleep(0.3)
        green = _named(servers, "green")
        green.deploy(deployment())
        before = outcomes[200]
        _until(lambda: outcomes[200] > before + 100)

    assert set(outcomes) == {200}
    assert answer(url)["name"] == "green"
    assert len(servers._place(MODEL).living) == 1


@pytest.mark.server
def test_new_source_of_the_program_replaces_the_server_and_ends_the_old_one(servers):
    url = servers.deploy(deployment()).url
    before = _record(servers)
    source = servers.code / "serving/app.py"
    source.parent.mkdir(parents=True)
    source.write_text("new = True")

    servers.deploy(deployment())

    assert answer(url)["pid"] not in (before.server.pid, before.keeper.pid)
    assert _record(servers).server != before.server
    assert alive(before.server) is None
    assert alive(before.keeper) is None


@pytest.mark.server
def test_a_broken_upgrade_says_why_and_leaves_the_old_server_alone(servers):
    url = servers.deploy(deployment()).url
    before = _record(servers)
    broken = _named(servers, "green", broken="no such option")

    with pytest.raises(DeploymentError, match=r"error: no such option.*still runs"):
        broken.deploy(deployment())

    assert answer(url)["name"] == "blue"
    assert _record(servers) == before
    assert alive(before.server)


def test_a_program_that_is_not_there_is_named(tmp_path):
    missing = dataclasses.replace(local_servers(tmp_path), program=("/no/python",))

    with pytest.raises(DeploymentError, match=r"/no/python: No such file"):
        missing.deploy(deployment())


@pytest.mark.server
def test_a_server_whose_program_is_gone_for_a_while_is_tried_again(servers, tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o700)
    moved = dataclasses.replace(servers, program=(str(python), *servers.program[1:]))
    moved.deploy(deployment())
    before = _record(moved)
    python.rename(tmp_path / "away")

    os.kill(before.server.pid, signal.SIGKILL)

    _until(lambda: "No such file" in _record(moved).reason)
    assert alive(before.keeper)
    (tmp_path / "away").rename(python)
    _until(lambda: moved.state(MODEL).condition == "ready")


@pytest.mark.server
def test_an_upgrade_that_never_gets_ready_is_taken_back(servers):
    url = servers.deploy(deployment()).url
    unready = _named(servers, "green", unready="yes")
    impatient = dataclasses.replace(unready, ready_within_seconds=1)

    with pytest.raises(DeploymentError, match=r"not ready within 1 s"):
        impatient.deploy(deployment())

    assert {answer(url)["name"] for _ in range(20)} == {"blue"}
    assert len(servers._place(MODEL).living) == 1


def test_stopping_leaves_no_process(servers):
    servers.deploy(deployment())
    found = family(_record(servers).server)

    servers.stop(MODEL)

    assert len(found) > 1
    assert not [process for process in found if runs(process)]
    assert _processes(servers) == []
    assert servers.state(MODEL).condition == "absent"


@pytest.mark.server
def test_stopping_ends_a_server_that_ignores_being_asked(servers):
    servers.deploy(deployment())
    found = family(_record(servers).server)
    found[0].suspend()

    dataclasses.replace(servers, stop_within_seconds=0.2).stop(MODEL)

    assert not [process for process in found if runs(process)]
    assert _processes(servers) == []


def test_stopping_what_was_never_deployed_does_nothing(servers):
    servers.stop("churn-nobody")

    assert servers.state("churn-nobody").condition == "absent"


@pytest.mark.server
def test_a_foreign_process_that_got_the_number_is_left_alone(servers):
    servers.deploy(deployment())
    generation, record = servers._place(MODEL).current()
    servers.stop(MODEL)
    mine = psutil.Process()
    reused = dataclasses.replace(record.server, pid=mine.pid)
    generation.tell(_with(record, keeper=reused, server=reused))

    servers.stop(MODEL)

    assert mine.is_running()
    assert servers.state(MODEL).condition in ("absent", "failing")


def _with(record, **changes):
    import msgspec

    return msgspec.structs.replace(record, **changes)


@pytest.mark.server
def test_what_the_server_said_can_be_read(servers):
    servers.deploy(deployment())

    assert any("Listening at" in line for line in servers.log_lines(MODEL))


@pytest.mark.server
def test_addresses_reach_the_server_and_no_file(servers):
    servers.deploy(deployment(HOLDFAST_ONLINE_URL="redis://:secret@r"))
    (server, *_) = family(_record(servers).server)

    variables = server.environ()

    assert variables["HOLDFAST_ONLINE_URL"] == "redis://:secret@r"
    files = [path for path in servers.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if b"secret" in path.read_bytes()]
