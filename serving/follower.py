"""Follows the release: where the ledger puts it, or what was pushed, the newer one."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from churn.errors import BundleError, HoldfastError
from churn.naming import suggestion
from churn.scoring.release import Release
from churn.scoring.release import Served as Named
from serving.acceptance import Acceptance, RefusedError
from serving.active import Refusal, StateFolder, Version, stamp
from serving.board import Board
from serving.fetch import FetchError, fetch, forget_old
from serving.settings import Settings
from storage.release import ReleaseError, release_at

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


class Follower:
    """Looks at the release again and again; accepts it, or says why not."""

    def __init__(
        self,
        settings: Settings,
        state: StateFolder,
        acceptance: Acceptance,
        board: Board,
        *,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._state = state
        self._acceptance = acceptance
        self._board = board
        self._environ = environ
        self._clock = clock
        self._judged: Release | None = None
        self._seen = stamp(state.pushed)
        self._again_at: float | None = None
        self._pause = FIRST_PAUSE_SECONDS

    def look(self) -> None:
        """Read the release; take it over if it is new and good."""
        is_pushed = self._is_pushed()
        release = self._newest()
        if release is None or not (is_pushed or self._is_due(release)):
            return
        if release != self._judged:
            self._pause = FIRST_PAUSE_SECONDS
        self._judged, self._again_at = release, None
        try:
            self._take(release)
        except RefusedError as error:
            self._refuse(release, "release", str(error))
        except (BundleError, FetchError) as error:
            # Whoever restores a bundle need not tell anybody.
            self._retry()
            self._refuse(release, "release", str(error))

    def _is_pushed(self) -> bool:
        """Whether one was pushed since; who pushes again wants it tried again."""
        before, self._seen = self._seen, stamp(self._state.pushed)
        return self._seen != before

    def _newest(self) -> Release | None:
        """The later of what is at the source and what was pushed."""
        found = [self._pushed(), self._at_source()]
        known = [release for release in found if release is not None]
        return max(known, key=lambda release: release.sequence, default=None)

    def _at_source(self) -> Release | None:
        address = self._settings.release
        if address is None:
            return None
        try:
            release = release_at(address, environ=self._environ)
        except HoldfastError as error:
            self._board.looked(f"the release cannot be read: {error}")
            return None
        self._board.looked(_waits_for(address) if release is None else None)
        return release

    def _pushed(self) -> Release | None:
        try:
            return release_at(str(self._state.pushed), environ=self._environ)
        except ReleaseError:
            return None

    def _is_due(self, release: Release) -> bool:
        if release != self._judged:
            return True
        return self._again_at is not None and self._clock() >= self._again_at

    def _take(self, release: Release) -> None:
        expected = self._settings.model
        if expected is not None and release.model != expected:
            raise RefusedError(
                f"expected a release of {expected}, found one of {release.model}"
            )
        champion = self._fetched(self._acceptance.check(release))
        challenger, refusal = self._challenger(release)
        if self._acceptance.accept(release, champion, challenger):
            self._board.accepted()
            self._forget()
        if refusal is None:
            self._board.settled()
        else:
            self._refuse(release, "challenger", refusal)

    def _challenger(self, release: Release) -> tuple[Version | None, str | None]:
        """The challenger, or why the champion serves without it."""
        named = release.challenger
        if named is None:
            return None, None
        if self._acceptance.is_vetoed(release):
            return None, f"version {named.version} was vetoed by this server"
        try:
            return self._fetched(named), None
        except (BundleError, FetchError) as error:
            self._retry()
            return None, str(error)

    def _fetched(self, named: Named) -> Version:
        return fetch(
            named,
            self._state,
            trusted_keys=self._settings.trusted_keys,
            environ=self._environ,
        )

    def _retry(self) -> None:
        self._again_at = self._clock() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    def _refuse(self, release: Release, part: str, reason: str) -> None:
        self._board.refused(
            Refusal(
                sequence=release.sequence, part=part, reason=reason, at=self._clock()
            )
        )

    def _forget(self) -> None:
        active = self._acceptance.active
        if active is not None:
            versions = (active.champion, active.challenger)
            forget_old(self._state, {v.bundle_sha256 for v in versions if v})


def _waits_for(address: str) -> str:
    """What is not there yet, and what lies beside it, where that can be listed."""
    path = Path(address)
    beside = [other.name for other in path.parent.glob("*.json")]
    there = f"; of the files there {suggestion(path.name, beside)}" if beside else ""
    return f"waits for {address}: no release there{there}"
