"""The one place where a server's mind changes: a release accepted, a challenger vetoed.

Follower and guard run in threads of their own; each change is one locked step, so a
veto never waits for a download, and no release slips past a veto.
"""

import threading
import time
from collections.abc import Callable

import msgspec

from churn.errors import HoldfastError
from churn.scoring.release import Release, Served
from serving.active import (
    Active,
    StateFolder,
    Version,
    Veto,
    read_active,
    read_vetoes,
    write_record,
)
from serving.arms import ArmCounts, forget_others

MOST_VETOES = 100
NOTHING = ArmCounts()


class RefusedError(HoldfastError):
    """A release must not be served."""


class Acceptance:
    """What is served now, and who was vetoed; both outlive the process."""

    def __init__(
        self, state: StateFolder, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._state = state
        self._clock = clock
        self._lock = threading.Lock()
        self._active = read_active(state)
        self._vetoes = read_vetoes(state)

    @property
    def active(self) -> Active | None:
        """What is served now."""
        return self._active

    @property
    def vetoes(self) -> tuple[Veto, ...]:
        """All vetoes, oldest first, lifted ones too."""
        return self._vetoes

    def check(self, release: Release) -> Served:
        """The champion of a release that may follow what is served.

        Raises
        ------
        RefusedError
        """
        champion = champion_of(release)
        active = self._active
        if active is None:
            return champion
        if release.model != active.model:
            raise RefusedError(
                f"expected a release of {active.model}, found one of {release.model}; "
                "serve another model from another --state"
            )
        if release.sequence < active.sequence:
            raise RefusedError(
                f"expected sequence {active.sequence} or later, found "
                f"{release.sequence}: an older release never replaces a newer one"
            )
        if (
            release.sequence == active.sequence
            and release.ledger_hash != active.ledger_hash
        ):
            raise RefusedError(
                f"expected the ledger of sequence {active.sequence} that is served, "
                "found another history; to serve another ledger, start with a new "
                "--state"
            )
        return champion

    def is_vetoed(self, release: Release) -> bool:
        """Whether a release's challenger is one that this server took out."""
        challenger = release.challenger
        return challenger is not None and self._holds(challenger.bundle_sha256)

    def accept(
        self, release: Release, champion: Version, challenger: Version | None
    ) -> bool:
        """Serve a release with these local bundles; False if that changes nothing.

        Raises
        ------
        RefusedError
            If a later one was accepted meanwhile.
        StateError
            If it cannot be written.
        """
        with self._lock:
            self.check(release)
            self._lift(release)
            if self.is_vetoed(release):
                challenger = None
            found = self._composed(release, champion, challenger)
            if self._active is not None and _same(found, self._active):
                return False
            self._write(found)
            return True

    def veto(
        self,
        active: Active,
        reason: str,
        *,
        champion: ArmCounts = NOTHING,
        challenger: ArmCounts = NOTHING,
    ) -> bool:
        """Take the challenger of what was served out; False if it is gone already.

        Raises
        ------
        StateError
            If it cannot be written.
        """
        with self._lock:
            now = self._active
            if now is None or now.challenger is None or active.challenger is None:
                return False
            if now.challenger.bundle_sha256 != active.challenger.bundle_sha256:
                return False
            veto = Veto(
                version=now.challenger.version,
                bundle_sha256=now.challenger.bundle_sha256,
                sequence=now.sequence,
                mode=now.mode,
                reason=reason,
                at=self._clock(),
                champion_counts=champion,
                challenger_counts=challenger,
            )
            try:
                # Who sees the challenger gone finds out why; unwritten, it goes too.
                self._remember(veto)
            finally:
                self._write(_alone(now, self._clock()))
            return True

    def _lift(self, release: Release) -> None:
        """A later release with no or another challenger ends a veto."""
        named = release.challenger.bundle_sha256 if release.challenger else None
        kept = tuple(
            msgspec.structs.replace(veto, lifted_at_sequence=release.sequence)
            if veto.lifted_at_sequence is None
            and release.sequence > veto.sequence
            and named != veto.bundle_sha256
            else veto
            for veto in self._vetoes
        )
        if kept != self._vetoes:
            self._keep(kept)

    def _composed(
        self, release: Release, champion: Version, challenger: Version | None
    ) -> Active:
        before = self._active
        return Active(
            model=release.model,
            revision=before.revision + 1 if before else 1,
            sequence=release.sequence,
            ledger_hash=release.ledger_hash,
            champion=champion,
            challenger=challenger,
            mode=release.mode if challenger else "live",
            weight=release.weight if challenger else 0.0,
            canary=self._canary(release, champion, challenger),
            accepted_at=self._clock(),
        )

    def _canary(
        self, release: Release, champion: Version, challenger: Version | None
    ) -> int:
        """The same pair goes on with its counters; another pair begins anew."""
        if challenger is None or release.mode != "canary":
            return 0
        before = self._active
        if (
            before is not None
            and before.canary
            and before.champion.bundle_sha256 == champion.bundle_sha256
            and before.challenger is not None
            and before.challenger.bundle_sha256 == challenger.bundle_sha256
        ):
            return before.canary
        return release.sequence

    def _write(self, active: Active) -> None:
        write_record(self._state.active, active, durable=True)
        self._active = active
        forget_others(self._state.arms, active.canary)

    def _remember(self, veto: Veto) -> None:
        is_known = self._holds(veto.bundle_sha256)
        self._keep(self._vetoes if is_known else (*self._vetoes, veto))

    def _holds(self, bundle_sha256: str) -> bool:
        """Whether a veto of this bundle holds."""
        return any(
            veto.bundle_sha256 == bundle_sha256 and veto.lifted_at_sequence is None
            for veto in self._vetoes
        )

    def _keep(self, vetoes: tuple[Veto, ...]) -> None:
        # It holds in this process also where the disk takes nothing more.
        self._vetoes = vetoes[-MOST_VETOES:]
        write_record(self._state.vetoes, self._vetoes, durable=True)


def champion_of(release: Release) -> Served:
    """The champion of a release that says one thing only.

    Raises
    ------
    RefusedError
    """
    if release.champion is None:
        raise RefusedError("it names no champion: there is nothing to serve yet")
    if (release.challenger is None) != (release.mode == "live"):
        raise RefusedError(f"mode {release.mode} does not fit its challenger")
    if not 0 <= release.weight <= 1:
        raise RefusedError(f"expected a weight in [0, 1], found {release.weight}")
    return release.champion


def _alone(active: Active, now: float) -> Active:
    return msgspec.structs.replace(
        active,
        revision=active.revision + 1,
        challenger=None,
        mode="live",
        weight=0.0,
        canary=0,
        accepted_at=now,
    )


def _same(one: Active, other: Active) -> bool:
    same = {"revision": other.revision, "accepted_at": other.accepted_at}
    return msgspec.structs.replace(one, **same) == other
