"""The process beside the workers: scores the shadow and measures drift, from the log.

It has little memory, a share of one processor and the lowest priority; when it falls
behind it skips, when it hangs it is ended. No answer ever waits for it.
"""

import os
import resource
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from churn.errors import HoldfastError, InputError
from churn.scoring.keys import TRUSTED_KEYS, trusted_keys
from serving.active import (
    Active,
    Observation,
    StateFolder,
    Version,
    read_active,
    stamp,
    write_record,
)
from serving.drift import Drift, profiles_in
from serving.pulse import Pulse
from serving.saying import say
from serving.settings import Settings, from_environment
from serving.shadow import Shadow
from serving.trial import address_bytes
from serving.worker import Loaded, load
from storage.predictions.record import Prediction
from storage.predictions.tail import Tail
from storage.predictions.writer import SegmentWriter

POLL_ROWS = 64
IDLE_SECONDS = 0.1
REPORT_SECONDS = 1.0
LONGEST_REST_SECONDS = 1.0
NICE = 19


@dataclass
class Tally:
    """What was done since the process started."""

    rows: int = 0
    failed: int = 0
    skipped_rows: int = 0
    skipped_bytes: int = 0
    error: str | None = None


class Observer:
    """Reads the log as it grows."""

    def __init__(self, settings: Settings, state: StateFolder) -> None:
        self._settings = settings
        self._state = state
        self._trusted = trusted_keys({TRUSTED_KEYS: settings.trusted_keys or ""})
        self._pulse = Pulse(state.pulse)
        self._tail = Tail(state.log)
        self._writer = SegmentWriter(
            state.shadow,
            worker="observer",
            rotate_bytes=settings.segment_bytes,
            rotate_seconds=settings.segment_seconds,
            on_full="serve",
        )
        self._seen: tuple[int, int] | None = None
        self._active: Active | None = None
        self._champion: Loaded | None = None
        self._shadow: Shadow | None = None
        self._drift: Drift | None = None
        self._tally = Tally()
        self._reported_at = 0.0
        # What was logged before is not worth the first seconds.
        self._tail.skip_to_end()

    def look(self) -> int:
        """One round; returns how many rows it saw."""
        self._pulse.beat()
        self._follow()
        lag_bytes = self._tail.lag_bytes()
        if lag_bytes > self._settings.observer_lag_bytes:
            self._tally.skipped_bytes += lag_bytes
            self._tally.skipped_rows += self._tail.skip_to_end()
        found = self._tail.poll(POLL_ROWS)
        logged = [one for one in found if isinstance(one, Prediction)]
        if logged:
            self._measure(logged)
            self._score(logged)
        self._writer.rotate_if_due()
        self._report(lag_bytes)
        return len(logged)

    def close(self) -> None:
        """Close what was written."""
        self._writer.close()
        self._tail.close()

    def _follow(self) -> None:
        """Take over what the workers serve, if that changed."""
        found = stamp(self._state.active)
        if found == self._seen:
            return
        self._seen = found
        before, active = self._active, read_active(self._state)
        self._active, self._shadow = active, None
        if active is None:
            return
        if before is None or before.champion != active.champion or not self._champion:
            self._champion = load(active.champion, trusted=self._trusted)
            profiles = profiles_in(self._champion.bundle.files)
            self._drift = Drift(profiles, rows=self._settings.drift_rows)
        if active.challenger is not None:
            self._shadow = self._loaded(active, active.challenger)

    def _loaded(self, active: Active, challenger: Version) -> Shadow | None:
        self._pulse.runs(challenger.bundle_sha256)
        try:
            loaded = load(challenger, trusted=self._trusted)
            self._tally.error = None
            return Shadow(active, loaded, self._pulse)
        except Exception as error:  # noqa: BLE001 (what a challenger raises is counted)
            self._tally.error = f"{type(error).__name__}: {error}"
            return None
        finally:
            self._pulse.runs("")

    def _measure(self, logged: Sequence[Prediction]) -> None:
        if self._champion is None or self._drift is None:
            return
        inputs = self._champion.inputs
        names = frozenset(inputs.names)
        rows = [{k: v for k, v in one.values.items() if k in names} for one in logged]
        with suppress(InputError):
            columns, _ = inputs.columns(rows)
            self._drift.add(columns, np.array([one.probability for one in logged]))

    def _score(self, logged: Sequence[Prediction]) -> None:
        if self._shadow is None:
            return
        scores = self._shadow.scores(logged)
        if not scores:
            return
        self._writer.append(scores)
        self._tally.rows += len(scores)
        self._tally.failed += sum(one.failed is not None for one in scores)

    def _report(self, lag_bytes: int) -> None:
        now = time.monotonic()
        if now - self._reported_at < REPORT_SECONDS:
            return
        self._reported_at = now
        indices = self._drift.indices() if self._drift else {}
        write_record(self._state.observation, self._found(indices, lag_bytes))

    def _found(self, indices: dict[str, float], lag_bytes: int) -> Observation:
        active, tally = self._active, self._tally
        challenger = active.challenger if active else None
        return Observation(
            pid=os.getpid(),
            at=time.time(),
            drift=indices,
            drift_rows=self._drift.n_rows if self._drift else 0,
            score_drift=self._drift.score_index() if self._drift else None,
            shadow_version=challenger.version if challenger else None,
            shadow_rows=tally.rows,
            shadow_failed=tally.failed,
            shadow_error=tally.error,
            skipped_rows=tally.skipped_rows,
            skipped_bytes=tally.skipped_bytes,
            lag_bytes=lag_bytes,
        )


def run(settings: Settings) -> None:
    """Observe until told to stop, or until the supervisor is gone."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    # Ctrl-C reaches the whole group; the supervisor decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    observer = Observer(settings, StateFolder.of(settings.state))
    while not ended.is_set() and os.getppid() == parent:
        began = time.process_time()
        try:
            n_rows = observer.look()
        except (HoldfastError, OSError) as error:
            say(f"observer: {error}")
            n_rows = 0
        spent = time.process_time() - began
        ended.wait(_rest(spent, n_rows, settings.observer_cpu_share))
    observer.close()


def _rest(spent_seconds: float, n_rows: int, cpu_share: float) -> float:
    """How long to do nothing, so that the share of a processor is kept."""
    if n_rows == 0:
        return IDLE_SECONDS
    return min(spent_seconds * (1 / cpu_share - 1), LONGEST_REST_SECONDS)


def _humble(settings: Settings) -> None:
    """Whatever a challenger does, others come first and have memory left."""
    os.nice(NICE)
    if hasattr(os, "SCHED_IDLE"):
        # Steps aside at once for whoever wakes up; being nice alone waits for a tick.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    limit = address_bytes() + settings.observer_memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    of_server = from_environment(os.environ)
    _humble(of_server)
    run(of_server)
