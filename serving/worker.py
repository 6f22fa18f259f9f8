"""What a worker serves: one reference, replaced in one step.

A request takes ``Model.current`` once and uses only that, so every answer comes from
exactly one version. New bundles are loaded and verified aside, in a thread.
"""

import hashlib
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from churn.errors import BundleError, HoldfastError
from churn.scoring.bundle import Bundle, open_bundle
from churn.scoring.decision import Economics
from churn.scoring.inputs import InputSchema
from churn.scoring.keys import TrustedKeys
from churn.scoring.reasons import Explainer
from churn.scoring.release import Mode
from serving.active import (
    Acknowledgement,
    Active,
    StateFolder,
    Version,
    read_active,
    stamp,
    write_record,
)
from serving.arms import Arm, ArmCounter

LOOK_SECONDS = 0.05
RETRY_SECONDS = 1.0
SHARES = 2**64


@dataclass(frozen=True)
class Loaded:
    """A version, verified and ready to answer."""

    version: str
    bundle_sha256: str
    bundle: Bundle
    inputs: InputSchema
    economics: Economics

    @cached_property
    def explainer(self) -> Explainer:
        """Gives reasons; made when first asked for, as it needs memory."""
        return Explainer.of(self.bundle)


@dataclass(frozen=True)
class Served:
    """All that one request needs to know: who answers, and how arms are drawn."""

    model: str
    revision: int
    sequence: int
    champion: Loaded
    challenger: Loaded | None
    mode: Mode
    weight: float
    arms: ArmCounter

    def arm_of(self, customer: str) -> Arm:
        """The arm of a customer: the same in every worker, until the challenger goes.

        A larger weight only adds customers to the challenger's.
        """
        if self.mode != "canary" or self.challenger is None:
            return "champion"
        share = share_of(customer, self.challenger.version)
        return "challenger" if share < self.weight else "champion"


class Model:
    """Follows ``active.json`` and holds what is served now; None until ready."""

    def __init__(
        self, state: StateFolder, *, trusted: TrustedKeys | None = None
    ) -> None:
        self.current: Served | None = None
        self._state = state
        self._trusted = trusted
        self._seen: tuple[int, int] | None = None
        self._parent = os.getppid()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        """Load what is accepted by now, then follow it in a thread."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Follow no more."""
        self._ended.set()
        self._thread.join()

    def look(self) -> None:
        """Switch to what is accepted, if that changed; a failure is tried again."""
        found = stamp(self._state.active)
        if found is None or found == self._seen:
            return
        try:
            active = read_active(self._state)
            if active is not None:
                self._switch(active)
            self._seen = found
        except Exception as error:  # noqa: BLE001 (what is served must go on)
            self._acknowledge(f"{type(error).__name__}: {error}")
            self._ended.wait(RETRY_SECONDS)

    def _follow(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            if os.getppid() != self._parent:
                # Without its supervisor a worker would serve an old release for ever.
                os.kill(os.getpid(), signal.SIGTERM)
                return
            self.look()

    def _switch(self, active: Active) -> None:
        before = self.current
        if before is not None and before.revision == active.revision:
            return
        challenger = active.challenger
        served = Served(
            model=active.model,
            revision=active.revision,
            sequence=active.sequence,
            champion=self._loaded(active.champion),
            challenger=None if challenger is None else self._loaded(challenger),
            mode=active.mode,
            weight=active.weight,
            arms=self._arms(active, before),
        )
        self.current = served
        self._acknowledge(None)

    def _arms(self, active: Active, before: Served | None) -> ArmCounter:
        if before is not None and before.arms.canary == active.canary:
            return before.arms
        return ArmCounter(self._state.arms, canary=active.canary)

    def _loaded(self, wanted: Version) -> Loaded:
        for known in self._known():
            if known.bundle_sha256 == wanted.bundle_sha256:
                return replace(known, version=wanted.version)
        return load(wanted, trusted=self._trusted)

    def _known(self) -> list[Loaded]:
        before = self.current
        if before is None:
            return []
        return [one for one in (before.champion, before.challenger) if one is not None]

    def _acknowledge(self, error: str | None) -> None:
        served, pid = self.current, os.getpid()
        challenger = served.challenger if served else None
        record = Acknowledgement(
            pid=pid,
            revision=served.revision if served else 0,
            sequence=served.sequence if served else 0,
            champion=served.champion.version if served else "",
            challenger=challenger.version if challenger else None,
            switched_at=time.time(),
            error=error,
        )
        with suppress(HoldfastError):
            write_record(self._state.workers / f"{pid}.json", record)


def share_of(customer: str, version: str) -> float:
    """Where a customer falls in [0, 1) for a challenger; even and without memory."""
    digest = hashlib.sha256(f"{version}\n{customer}".encode()).digest()
    return int.from_bytes(digest[:8]) / SHARES


def load(wanted: Version, *, trusted: TrustedKeys | None) -> Loaded:
    """Verify and load a version's bundle.

    Raises
    ------
    BundleError
        If it is not what the release names, or does not answer as it did.
    """
    bundle = open_bundle(Path(wanted.folder), trusted=trusted)
    if bundle.bundle_sha256 != wanted.bundle_sha256:
        raise BundleError(
            f"expected the bundle {wanted.bundle_sha256[:12]} of version "
            f"{wanted.version}, found {bundle.bundle_sha256[:12]} in {wanted.folder}"
        )
    return Loaded(
        version=wanted.version,
        bundle_sha256=wanted.bundle_sha256,
        bundle=bundle,
        inputs=bundle.inputs,
        economics=bundle.economics,
    )
