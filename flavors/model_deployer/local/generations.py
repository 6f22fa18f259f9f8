"""Where the servers of a model are written down: one folder a generation.

A generation is one program with one command; its server may be restarted. A newer
generation replaces it, or never gets ready and changes nothing.
"""

import contextlib
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from churn.deployment import DeploymentError
from flavors.model_deployer.local.processes import Identity, alive, end

MOST_PORTS = 100
KEPT_GENERATIONS = 3
# What a server's successor has to know; segments of the log follow when it has ended.
INHERITED = ("vetoes.json", "pushed.json")
SEGMENTS = ("log", "shadow")
DRAINING = "draining"
Read = TypeVar("Read")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a keeper is to run, and how patient it is."""

    command: tuple[str, ...]
    fingerprint: str
    host: str
    port: int
    ready_within_seconds: float
    drain_within_seconds: float
    stop_within_seconds: float


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a keeper did so far; ``reason`` says why the server ended or failed."""

    condition: Literal["starting", "replacing", "ready", "failed", "ended"]
    keeper: Identity
    server: Identity | None
    n_restarts: int
    reason: str


@dataclass(frozen=True)
class Generation:
    """The folder of one generation."""

    path: Path

    @property
    def state(self) -> Path:
        """The state folder of the server."""
        return self.path / "state"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.path / "server.log"

    @property
    def plan(self) -> Plan | None:
        """What the keeper was told."""
        return _read(self.path / "plan.json", Plan)

    @property
    def record(self) -> Record | None:
        """What the keeper did; None before it began."""
        return _read(self.path / "record.json", Record)

    @property
    def is_alive(self) -> bool:
        """Whether the keeper or the server still runs."""
        found = self.record
        return found is not None and bool(alive(found.keeper) or alive(found.server))

    @property
    def has_served(self) -> bool:
        """Whether its server was ever ready."""
        found = self.record
        return found is not None and found.condition in ("replacing", "ready", "ended")

    def begin(self, plan: Plan) -> None:
        """Write the plan down."""
        _write(self.path / "plan.json", plan)

    def tell(self, record: Record) -> None:
        """Write down what the keeper did."""
        _write(self.path / "record.json", record)

    def drain(self) -> None:
        """Tell the server to ask each client to connect anew."""
        with contextlib.suppress(OSError):
            (self.state / DRAINING).touch()

    def drain_no_more(self) -> None:
        """The successor failed: let clients stay."""
        (self.state / DRAINING).unlink(missing_ok=True)

    def stop(self, *, within_seconds: float) -> None:
        """End keeper and server.

        Raises
        ------
        DeploymentError
            If a process does not end, even when killed.
        """
        found = self.record
        if found is None:
            return
        # The keeper first, which would start the server anew; it ends it itself.
        end(found.keeper, within_seconds=within_seconds + 1)
        found = self.record or found
        end(found.server, within_seconds=within_seconds)
        if self.is_alive:
            raise DeploymentError(
                f"{self.path}: expected the server to end, found its process still "
                "running; end it by hand"
            )
        if found.condition not in ("failed", "ended"):
            # A keeper that was killed could not say so itself.
            self.tell(msgspec.structs.replace(found, condition="ended"))


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
        return _read(self.path / "port.json", int)

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
                _write(self.path / "port.json", port)
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


def _write(path: Path, content: Any) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
    draft.replace(path)


def _read(path: Path, kind: type[Read]) -> Read | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise DeploymentError(
            f"{path}: expected what a deployment wrote, found {error}; end the server "
            f"by hand and move {path.parent} away"
        ) from None
