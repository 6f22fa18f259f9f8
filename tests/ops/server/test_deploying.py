"""One server in production: a real SSH server, a real engine, our real image."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import time
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.ops.engine import answer, docker, free_port, image, inspected, until
from tests.serving.small_bundles import publish, release_of, small_bundle

DEPLOY = CHECKOUT / "ops/server/deploy"
SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
EXAMPLE = CHECKOUT / "ops/.env.example"
DIGEST = "registry.example.com/holdfast-serving@sha256:" + 64 * "a"

# It ends when told, else Docker would wait for it.
HANGS = (
    'ENTRYPOINT ["python", "-c", '
    '"import signal; signal.signal(15, lambda *_: exit()); signal.pause()"]'
)


def deployed(*arguments, **environ):
    return subprocess.run(
        [DEPLOY, *map(str, arguments)],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["host"], "expected an image by digest, or --undo"),
        (["host", "holdfast-serving:1.4"], "expected an image by digest"),
        (["host", f"x/holdfast-serving@sha256:{'a' * 63}"], "64 hexadecimal digits"),
        (["host", "--undo", DIGEST], "found both"),
        ([DIGEST], "which host?"),
        (["host", "other", DIGEST], "expected one host, found host and other"),
        (["host", DIGEST, "--folder", "/a b"], "expected a plain absolute path"),
        (["host", DIGEST, "--folder", "/a';reboot;'"], "a plain absolute path"),
        (["host", DIGEST, "--seconds", "soon"], "expected a number"),
        (["host", DIGEST, "--service", "a;b"], "no service has such a name"),
        (["host", DIGEST, "--settings", "nowhere"], "nowhere is missing or empty"),
        (
            ["host", DIGEST, "--settings", EXAMPLE],
            "a secret of its own for each <random>",
        ),
    ],
)
def test_what_is_asked_for_wrongly_is_told_before_anything_is_tried(arguments, said):
    done = deployed(*arguments, HOLDFAST_SSH="false")

    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_server_that_is_out_of_reach_is_one_line():
    done = deployed("host", DIGEST, HOLDFAST_SSH="false")

    assert done.returncode == 2
    assert done.stderr == "error: host: cannot make /opt/holdfast there over SSH\n"


@dataclass
class Server:
    """One that SSH reaches, with what runs there."""

    folder: Path
    ssh: str
    project: str
    port: int

    def deploy(self, *images, seconds=60):
        only = ("--folder", self.folder, "--service", "server", "--seconds", seconds)
        return deployed(*only, *images, "there", HOLDFAST_SSH=self.ssh)

    @property
    def container(self):
        return f"{self.project}_server_1"

    def running(self):
        return inspected(self.container)["Config"]["Image"]

    def model(self):
        given = inspected(self.container)["Config"]["Env"]
        return dict(one.split("=", 1) for one in given)["HOLDFAST_MODEL"]

    def ready(self):
        return answer("127.0.0.1", self.port, "/health/ready")[0] == 200


@pytest.fixture
def server(tmp_path):
    if SSHD is None or os.geteuid() != 0:
        pytest.skip("needs sshd (openssh-server) and root, as whom to log in")
    image("holdfast-serving")
    project, port = f"holdfast{uuid.uuid4().hex[:8]}", free_port()
    example = EXAMPLE.read_text().replace("<random>", "abc123")
    told = f"COMPOSE_PROJECT_NAME={project}\nSERVER_PORT={port}\n"
    lines = example.splitlines()
    known = [one for one in lines if one.partition("=")[0] + "=" not in told]
    (tmp_path / "env").write_text("\n".join(known) + "\n" + told)
    with listening(tmp_path) as ssh:
        yield Server(tmp_path / "there", ssh, project, port)
    for kind, remove in (
        ("container", "rm --force"),
        ("volume", "rm"),
        ("network", "rm"),
    ):
        label = f"label=com.docker.compose.project={project}"
        every = ["--all"] if kind == "container" else []
        for one in docker(kind, "ls", *every, "--quiet", "--filter", label).split():
            docker(kind, *remove.split(), one)


@contextlib.contextmanager
def listening(folder):
    """An SSH server on loopback, and the command that reaches it as ``there``."""
    for name in ("host", "me"):
        made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name]
        subprocess.run(made, check=True)
    shutil.copy(folder / "me.pub", folder / "authorized")
    port, engine = free_port(), os.environ.get("DOCKER_HOST", "")
    settings = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/authorized",
        "StrictModes no",
        "PasswordAuthentication no",
        "PidFile none",
        *([f"SetEnv DOCKER_HOST={engine}"] if engine else []),
    ]
    (folder / "sshd").write_text("\n".join(settings) + "\n")
    known = f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}"
    (folder / "known").write_text(known)
    client = ["HostName 127.0.0.1", f"Port {port}", "User root"]
    client += [f"IdentityFile {folder}/me", f"UserKnownHostsFile {folder}/known"]
    (folder / "ssh").write_text("Host there\n  " + "\n  ".join(client) + "\n")
    Path("/run/sshd").mkdir(exist_ok=True)
    command = [str(SSHD), "-D", "-f", str(folder / "sshd")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    ssh = f"ssh -F {folder}/ssh"
    try:
        reach = [*ssh.split(), "there", "true"]
        until(lambda: subprocess.run(reach, check=False).returncode == 0)
        yield ssh
    finally:
        process.terminate()
        process.wait()


def broken(good, *lines):
    """An image of the same name, in the same registry, that is never healthy."""
    registry = good.partition("/")[0]
    name = f"{registry}/{uuid.uuid4().hex[:8]}/holdfast-serving:broken"
    docker("build", "--tag", name, "-", given="\n".join([f"FROM {good}", *lines]))
    docker("push", name)
    found = inspected(name)["RepoDigests"]
    docker("rmi", name)
    return next(one for one in found if one.startswith(name.rpartition(":")[0]))


@pytest.mark.cluster
def test_what_does_not_become_healthy_is_undone_and_the_model_goes_on(server, tmp_path):
    good = image("holdfast-serving")
    settings = ("--settings", tmp_path / "env")

    first = server.deploy(*settings, good)

    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.endswith(f"healthy: HOLDFAST_SERVING_IMAGE={good} \n")
    assert server.running() == good
    assert (server.folder / ".env").stat().st_mode & 0o077 == 0
    # It answers nobody without a key, and Prometheus has one.
    key = (server.folder / "metrics/key").read_text().strip()
    assert answer("127.0.0.1", server.port, "/metrics")[0] == 401
    bearer = {"Authorization": f"Bearer {key}"}
    assert answer("127.0.0.1", server.port, "/metrics", **bearer)[0] == 200

    serve_a_model(server, tmp_path)
    hangs = broken(good, HANGS)
    told = (tmp_path / "env").read_text()
    (tmp_path / "others").write_text(told.replace("churn-subscriptions", "churn-shop"))
    begun = time.monotonic()
    second = server.deploy("--settings", tmp_path / "others", hangs, seconds=15)

    assert second.returncode == 1, second.stdout + second.stderr
    assert "not healthy within 15 s" in second.stdout
    assert second.stdout.endswith(
        f"undone: what ran before runs again, HOLDFAST_SERVING_IMAGE={good} \n"
    )
    assert (server.running(), server.model()) == (good, "churn-subscriptions")
    assert (server.folder / ".env").read_text() == told
    assert server.ready()
    assert time.monotonic() - begun < 300

    gone = f"{good.partition('@')[0]}@sha256:{64 * 'a'}"
    third = server.deploy(gone)

    assert third.returncode == 2
    assert "not all images can be pulled" in third.stdout
    assert server.ready()


@pytest.mark.cluster
def test_one_deployment_at_a_time_and_back_to_the_one_before(server, tmp_path):
    good = image("holdfast-serving")
    other = broken(good, "LABEL other=true")
    first = server.deploy("--settings", tmp_path / "env", good, seconds=180)
    assert first.returncode == 0, first.stdout

    with (server.folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = server.deploy(other)
    newer = server.deploy(other, seconds=180)
    then = server.running()
    with not_working(server.folder / "previous/images.env", good):
        stuck = server.deploy("--undo", seconds=15)
    still = server.running()
    back = server.deploy("--undo", seconds=180)
    listed = subprocess.run(
        [server.folder / "compose", "ps", "--quiet"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert refused.returncode == 2
    assert "another deployment is going on" in refused.stdout
    assert (newer.returncode, then) == (0, other), newer.stdout
    assert (stuck.returncode, still) == (1, other), stuck.stdout
    assert f"runs again, HOLDFAST_SERVING_IMAGE={other}" in stuck.stdout
    assert (back.returncode, server.running()) == (0, good)
    assert listed.stdout.strip() == inspected(server.container)["Id"]


@contextlib.contextmanager
def not_working(images, good):
    """What ran before does not start any more."""
    told = images.read_text()
    images.write_text(told.replace(good, broken(good, HANGS)))
    yield
    images.write_text(told)


def serve_a_model(server, tmp_path):
    """Push a release, as one does where no bucket is in reach."""
    model = "churn-subscriptions"
    version = small_bundle(tmp_path / "bundle", 0.5)
    docker("cp", str(tmp_path / "bundle"), f"{server.container}:/var/lib/holdfast/one")
    served = replace(version, bundle_uri="/var/lib/holdfast/one")
    release = publish(
        tmp_path / "releases", release_of(served, sequence=1, model=model)
    )
    asked = ["keygen", "me", "--keys", "/keys/keys.json", "--scope", "release"]
    key = docker(
        *("run", "--rm", "--volume", f"{server.folder}/keys:/keys"),
        *(server.running(), *asked),
    ).strip()

    def pushed():
        header = {"X-API-Key": key, "method": "PUT"}
        told = json.loads(release.read_text())
        return answer("127.0.0.1", server.port, "/release", told, **header)[0] == 200

    until(pushed)
    until(server.ready)
