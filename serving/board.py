"""What the supervisor knows, kept in ``status.json`` and in the metrics."""

import threading
import time
from collections.abc import Callable

import msgspec

from churn.errors import HoldfastError
from serving.active import Refusal, StateFolder, Status, write_record

STALE_SECONDS = 5.0


class Board:
    """The supervisor's threads report here; readers see whole records only."""

    def __init__(
        self,
        state: StateFolder,
        status: Status,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._state = state
        self._status = status
        self._say = say
        self._clock = clock
        self._lock = threading.Lock()
        self._written_at = 0.0
        self._write()

    @property
    def status(self) -> Status:
        """What is known now."""
        return self._status

    def looked(self, error: str | None) -> None:
        """The source was read, or why it could not be."""
        if error is not None and error != self._status.source_error:
            self._say(error)
        now = self._clock()
        with self._lock:
            is_news = error != self._status.source_error
            self._change(source_error=error, looked_at=now)
            if is_news or now - self._written_at >= STALE_SECONDS:
                self._write()

    def accepted(self) -> None:
        """A release is served from now on."""
        self._count("accepted_total")

    def settled(self) -> None:
        """Nothing of the newest release is refused."""
        if self._status.refusal is not None:
            self._set(refusal=None)

    def refused(self, refusal: Refusal) -> None:
        """A release, or its challenger, is not served."""
        before = self._status.refusal
        if before is not None and _same(before, refusal):
            self._set(refusal=refusal)
            return
        self._say(f"refused {refusal.part} {refusal.sequence}: {refusal.reason}")
        # Imported once it is needed, and once it is known where processes share it.
        from serving.metrics import REFUSED

        self._set(refusal=refusal, refused_total=self._status.refused_total + 1)
        REFUSED.inc()

    def vetoed(self, version: str, reason: str) -> None:
        """A challenger was taken out."""
        self._say(f"vetoed challenger {version}: {reason}")
        from serving.metrics import VETOES

        self._count("vetoes_total")
        VETOES.inc()

    def worker_died(self, told: str) -> None:
        """A worker ended that nobody asked to."""
        self._say(told)
        self._count("worker_deaths_total")

    def observer_died(self, told: str) -> None:
        """The observer ended that nobody asked to."""
        self._say(told)
        self._count("observer_deaths_total")

    def shipped(self, n_segments: int) -> None:
        """Closed segments are in the store."""
        self._set(
            segments_shipped_total=self._status.segments_shipped_total + n_segments,
            ship_error=None,
        )

    def not_shipped(self, error: str) -> None:
        """Closed segments wait here."""
        if error != self._status.ship_error:
            self._say(f"the prediction log cannot be shipped: {error}")
            self._set(ship_error=error)

    def _count(self, name: str) -> None:
        self._set(**{name: getattr(self._status, name) + 1})

    def _set(self, **changes: object) -> None:
        with self._lock:
            self._change(**changes)
            self._write()

    def _change(self, **changes: object) -> None:
        self._status = msgspec.structs.replace(self._status, **changes)

    def _write(self) -> None:
        self._written_at = self._clock()
        try:
            write_record(self._state.status, self._status)
        except HoldfastError as error:
            # A full disk must not end what keeps the server going.
            self._say(str(error))


def _same(one: Refusal, other: Refusal) -> bool:
    return msgspec.structs.replace(one, at=other.at) == other
