"""The folder of a model's servers: its port, and a folder for each generation."""

import contextlib
import fcntl
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from churn.deployment import DeploymentError
from flavors.model_deployer.local.generations import Generation, Record, read, write

MOST_PORTS = 100
KEPT_GENERATIONS = 3
# What a server's successor has to know; segments of the log follow when it has ended.
INHERITED = ("vetoes.json", "pushed.json")
SEGMENTS = ("log", "shadow")


@dataclass(frozen=True)
class Place:
    """The folder of one model: its port and its generations."""

    path: Path

    @property
    def generations(self) -> list[Generation]:
        """All generations, oldest first."""
        return [Generation(p) for p in sorted(self.path.glob("generation-*"))]

    @property
    def living(self) -> list[Generation]:
        """Those of which a process runs."""
        return [one for one in self.generations if one.is_alive]

    @property
    def port(self) -> int | None:
        """Where the model is served, for good; None before the first deployment."""
        return read(self.path / "port.json", int)

    def current(self) -> tuple[Generation, Record] | None:
        """The newest generation that got ready and was not stopped."""
        for one in reversed(self.generations):
            found = one.record
            if found is not None and found.condition in ("ready", "replacing"):
                return one, found
        return None

    def newest(self) -> Generation:
        """A folder for the next generation, with what it inherits."""
        before = self.generations
        number = int(before[-1].path.name.rpartition("-")[2]) + 1 if before else 1
        made = Generation(self.path / f"generation-{number:06d}")
        made.state.mkdir(parents=True)
        served = [one for one in before if one.has_served]
        for name in INHERITED if served else ():
            with contextlib.suppress(FileNotFoundError):
                shutil.copy2(served[-1].state / name, made.state / name)
        return made

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one deployment at a time change anything here."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def choose_port(self, host: str, first: int) -> int:
        """The port of this model, chosen at its first deployment.

        Raises
        ------
        DeploymentError
            If none is free.
        """
        if self.port is not None:
            return self.port
        taken = {place.port for place in places(self.path.parent)}
        for port in range(first, min(first + MOST_PORTS, 2**16)):
            if port not in taken and _is_free(host, port):
                write(self.path / "port.json", port)
                return port
        raise DeploymentError(
            f"expected a free port of {host} from {first} on, found none; set "
            "first_port of components.model_deployer in the stack file"
        )

    def adopt(self, heir: Generation) -> None:
        """Leave what ended servers had logged, and not sent yet, to the newest.

        Generations that ended go, except the last few.
        """
        ended = [g for g in self.generations if g.path != heir.path and not g.is_alive]
        for one in ended:
            for kind in SEGMENTS:
                _move_files(one.state / kind, heir.state / kind)
        for one in ended[:-KEPT_GENERATIONS]:
            shutil.rmtree(one.path, ignore_errors=True)


def places(folder: Path) -> list[Place]:
    """The folders of all models."""
    return [Place(path.parent) for path in sorted(folder.glob("*/port.json"))]


def _move_files(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        moved = target / path.relative_to(source)
        if path.is_file() and not moved.exists():
            moved.parent.mkdir(parents=True, exist_ok=True)
            path.replace(moved)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True
