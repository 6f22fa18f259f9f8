"""The state folder of a server: what was accepted, refused and vetoed, and its parts.

The supervisor alone writes ``active.json``, ``status.json`` and ``vetoes.json``; each
file is replaced whole.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from churn.errors import HoldfastError
from churn.scoring.release import Mode
from serving.arms import ArmCounts

Record = TypeVar("Record")


class StateError(HoldfastError):
    """The state folder cannot be used, or holds what this server cannot read."""


class Version(msgspec.Struct, frozen=True):
    """A version whose bundle lies, tried, in the state folder."""

    version: str
    bundle_sha256: str
    folder: str


class Active(msgspec.Struct, frozen=True, kw_only=True):
    """What the workers serve: the accepted release, its bundles being local.

    ``revision`` grows with every change. ``canary`` names this challenger's time as a
    canary (the sequence at which it began), 0 where there is none: its counters
    survive a new sequence that leaves it in place.
    """

    model: str
    revision: int
    sequence: int
    ledger_hash: str
    champion: Version
    challenger: Version | None
    mode: Mode
    weight: float
    canary: int
    accepted_at: float


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A release, or a part of it, that is not served, and why."""

    sequence: int | None
    part: str
    reason: str
    at: float


class Veto(msgspec.Struct, frozen=True, kw_only=True):
    """A challenger that this server took out of service on its own.

    It holds until a release of a later sequence names no challenger or another one;
    ``lifted_at_sequence`` is then that sequence.
    """

    version: str
    bundle_sha256: str
    sequence: int
    mode: Mode
    reason: str
    at: float
    champion_counts: ArmCounts
    challenger_counts: ArmCounts
    lifted_at_sequence: int | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor knows, for ``/release`` and the metrics.

    ``source_error`` says why the release could not be read at the last look;
    ``refusal`` what of the newest release is not served. Totals count since the
    supervisor started.
    """

    source: str | None
    pid: int
    port: int
    started_at: float
    looked_at: float | None
    source_error: str | None
    refusal: Refusal | None
    refused_total: int
    accepted_total: int
    vetoes_total: int
    worker_deaths_total: int
    observer_deaths_total: int
    segments_shipped_total: int
    ship_error: str | None


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """What one worker serves."""

    pid: int
    revision: int
    sequence: int
    champion: str
    challenger: str | None
    switched_at: float
    error: str | None


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What the observer found, for the metrics and ``/release``.

    ``drift`` is the population stability index of each feature against training,
    over the last ``drift_rows`` rows; ``skipped_rows`` (``skipped_bytes`` of the log)
    were not looked at, because the observer was behind by more than its budget.
    ``shadow_error`` says why the challenger could not be loaded there.
    """

    pid: int
    at: float
    drift: dict[str, float]
    drift_rows: int
    score_drift: float | None
    shadow_version: str | None
    shadow_rows: int
    shadow_failed: int
    shadow_error: str | None
    skipped_rows: int
    skipped_bytes: int
    lag_bytes: int


@dataclass(frozen=True)
class StateFolder:
    """Where each part of a server's state lies."""

    path: Path

    @classmethod
    def of(cls, path: str) -> "StateFolder":
        """The state folder that a setting names."""
        return cls(Path(path).absolute())

    @property
    def active(self) -> Path:
        """What the workers serve."""
        return self.path / "active.json"

    @property
    def status(self) -> Path:
        """What the supervisor knows."""
        return self.path / "status.json"

    @property
    def vetoes(self) -> Path:
        """Challengers taken out by this server."""
        return self.path / "vetoes.json"

    @property
    def pushed(self) -> Path:
        """The newest release that was pushed."""
        return self.path / "pushed.json"

    @property
    def observation(self) -> Path:
        """What the observer found."""
        return self.path / "observation.json"

    @property
    def pulse(self) -> Path:
        """The observer's signs of life."""
        return self.path / "pulse"

    @property
    def bundles(self) -> Path:
        """One folder a bundle, named by the bundle's sha256."""
        return self.path / "bundles"

    @property
    def workers(self) -> Path:
        """One acknowledgement a worker."""
        return self.path / "workers"

    @property
    def arms(self) -> Path:
        """The counters of both arms, one file a worker and canary."""
        return self.path / "arms"

    @property
    def metrics(self) -> Path:
        """The counters that Prometheus's client shares among processes."""
        return self.path / "metrics"

    @property
    def log(self) -> Path:
        """Segments of the prediction log."""
        return self.path / "log"

    @property
    def shadow(self) -> Path:
        """Segments of what a shadow scored."""
        return self.path / "shadow"

    def make(self) -> None:
        """Make what is missing.

        Raises
        ------
        StateError
        """
        parts = (self.bundles, self.workers, self.arms, self.metrics)
        try:
            for part in (*parts, self.log, self.shadow):
                part.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(
                f"--state: cannot make {error.filename}: {error.strerror}; name a "
                "folder that can be written"
            ) from None


def read_active(state: StateFolder) -> Active | None:
    """The accepted release; None if there was never any.

    Raises
    ------
    StateError
    """
    return _read(state.active, Active)


def read_status(state: StateFolder) -> Status | None:
    """What the supervisor knows; None before its first look."""
    return _read(state.status, Status)


def read_observation(state: StateFolder) -> Observation | None:
    """What the observer found; None if it has not looked yet."""
    return _read(state.observation, Observation)


def read_vetoes(state: StateFolder) -> tuple[Veto, ...]:
    """All vetoes of this server, oldest first."""
    return _read(state.vetoes, tuple[Veto, ...]) or ()


def read_workers(state: StateFolder) -> tuple[Acknowledgement, ...]:
    """What each living worker serves, by process id."""
    found = (_read(path, Acknowledgement) for path in state.workers.glob("*.json"))
    alive = [one for one in found if one is not None and _is_alive(one.pid)]
    return tuple(sorted(alive, key=lambda one: one.pid))


def write_record(path: Path, record: Any, *, durable: bool = False) -> None:
    """Replace a file of the state whole; ``durable``: it survives a power cut.

    Raises
    ------
    StateError
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StateError(f"cannot write {path}: {error.strerror}") from None


def stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is replaced; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _read(path: Path, kind: type[Record]) -> Record | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise StateError(
            f"{path}: expected what a server of this version wrote, found {error}; "
            "stop the server and move the file away"
        ) from None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
