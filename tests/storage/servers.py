"""Real database servers from Debian's packages, each in a folder of its own."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "p@ss: w/rd"  # noqa: S105 (of servers that live for one test)
START_SECONDS = 60
NOBODY = 65534
CONNECTIONS = 300


@dataclass(frozen=True)
class Server:
    """A running server with the empty database ``shop`` and the owner ``keeper``."""

    driver: str
    port: int

    def url(self, password: str | None = None) -> str:
        """Address of the database, with a password or without one."""
        secret = "" if password is None else f":{password}"
        return f"{self.driver}://keeper{secret}@127.0.0.1:{self.port}/shop"


@contextlib.contextmanager
def mariadb() -> Iterator[Server]:
    """Run MariaDB until the block ends; skip where its package is absent."""
    install, daemon = binary("mariadb-install-db"), binary("mariadbd")
    with own_folder() as folder:
        data, port = folder / "data", free_port()
        own = ["--no-defaults", f"--datadir={data}"]
        quiet = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        run([install, *own, *quiet])
        (folder / "init.sql").write_text(
            "CREATE DATABASE shop;\n"
            f"CREATE USER keeper@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT ALL ON shop.* TO keeper@'127.0.0.1';\n"
        )
        address = ["--bind-address=127.0.0.1", f"--port={port}", "--skip-name-resolve"]
        # A server that tells stamps in a zone of its own, as most do.
        own += ["--default-time-zone=-05:00", f"--max-connections={CONNECTIONS}"]
        rest = [f"--socket={folder}/s", f"--init-file={folder}/init.sql"]
        with running([daemon, *own, *address, *rest], port, folder):
            yield Server("mysql+pymysql", port)


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    """Run PostgreSQL until the block ends; skip where its package is absent."""
    initdb, daemon, createdb = map(binary, ("initdb", "postgres", "createdb"))
    with own_folder() as folder:
        data, port = folder / "data", free_port()
        (folder / "password").write_text(PASSWORD)
        as_owner = ["--username=keeper", f"--pwfile={folder}/password"]
        run([initdb, "-D", str(data), "-N", "--auth=scram-sha-256", *as_owner])
        address = [
            "-c",
            "listen_addresses=127.0.0.1",
            "-p",
            str(port),
            "-k",
            str(folder),
            "-c",
            f"max_connections={CONNECTIONS}",
        ]
        with running([daemon, "-D", str(data), "-F", *address], port, folder):
            at = ["-h", "127.0.0.1", "-p", str(port), "-U", "keeper"]
            run([createdb, *at, "shop"], PGPASSWORD=PASSWORD)
            yield Server("postgresql+psycopg", port)


def binary(name: str) -> str:
    """Path of a server's program, or skip the test, saying which is absent."""
    folders = [os.environ["PATH"], "/usr/sbin"]
    folders += map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        pytest.skip(f"program absent: {name}")
    return found


def unprivileged(command: list[str]) -> list[str]:
    """The same command without root, as which no server starts."""
    if os.geteuid() != 0:
        return command
    return [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        *command,
    ]


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """Yield a folder that an unprivileged server reaches; pytest's are private."""
    with tempfile.TemporaryDirectory(prefix="holdfast-server-") as name:
        if os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def run(command: list[str], **environ: str) -> None:
    """Run to the end; what it printed is shown if it fails."""
    done = subprocess.run(
        unprivileged(command),
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """Keep a server running while the block runs, from its first answer on."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            unprivileged(command), stdout=log, stderr=log, cwd=folder
        )
        try:
            wait_for(port, process, folder / "log")
            yield
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the port answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"no answer on port {port}: {log.read_text()}")
