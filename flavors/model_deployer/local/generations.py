"""A generation: one program with one command, written down in a folder of its own.

Its server may be restarted. A newer generation replaces it, or never gets ready and
changes nothing.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from churn.deployment import DeploymentError
from flavors.model_deployer.local.processes import Identity, alive, end

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
        return read(self.path / "plan.json", Plan)

    @property
    def record(self) -> Record | None:
        """What the keeper did; None before it began."""
        return read(self.path / "record.json", Record)

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
        write(self.path / "plan.json", plan)

    def tell(self, record: Record) -> None:
        """Write down what the keeper did."""
        write(self.path / "record.json", record)

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


def write(path: Path, content: Any) -> None:
    """Replace a file whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
    draft.replace(path)


def read(path: Path, kind: type[Read]) -> Read | None:
    """What was written; None if nothing was.

    Raises
    ------
    DeploymentError
        If it is of another kind.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise DeploymentError(
            f"{path}: expected what a deployment wrote, found {error}; end the server "
            f"by hand and move {path.parent} away"
        ) from None
