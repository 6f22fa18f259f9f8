"""The main process: starts the workers, and the threads and process beside them."""

import contextlib
import fcntl
import multiprocessing
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import msgspec

from churn.errors import ConfigError, HoldfastError
from serving.acceptance import Acceptance
from serving.active import (
    Active,
    StateFolder,
    Status,
    read_active,
    read_status,
    read_workers,
)
from serving.board import Board
from serving.follower import Follower
from serving.guarding import Guarding
from serving.mapped import share_counters
from serving.saying import say, say_plainly
from serving.settings import VARIABLE, Settings, as_text
from serving.shipping import Shipping
from serving.watching import Watching

GUARD_SECONDS = 0.1
WATCH_SECONDS = 0.25
JOIN_SECONDS = 30.0


def supervise(settings: Settings, environ: Mapping[str, str]) -> int:
    """Serve until told to stop; returns the exit code.

    Raises
    ------
    ConfigError, StateError
        If it cannot even start.
    """
    check_settings(settings, environ)
    state = StateFolder.of(settings.state)
    state.make()
    with _alone(state):
        settings = msgspec.structs.replace(
            settings, state=str(state.path), port=_port(settings)
        )
        _prepare(settings, state)
        return _Supervisor(settings, state, environ).run()


def check_settings(settings: Settings, environ: Mapping[str, str]) -> None:
    """See now what the workers would stumble over; nothing is asked of any store.

    Raises
    ------
    ConfigError
    """
    from churn.scoring.keys import TRUSTED_KEYS, trusted_keys
    from storage.objects import open_objects

    folder = (settings.release or "").rpartition("/")[0]
    for address in (folder, settings.predictions):
        if address:
            open_objects(address, environ=environ)
    if settings.keys is not None:
        from serving.keys import read_keys

        read_keys(Path(settings.keys))
    if settings.trusted_keys is not None:
        trusted_keys({TRUSTED_KEYS: settings.trusted_keys})
    if settings.customer_key is not None:
        from storage.predictions.record import CUSTOMER_KEY, CustomerHash

        CustomerHash.of({**environ, CUSTOMER_KEY: settings.customer_key})
    if settings.online is not None:
        from storage.online.store import open_online

        open_online(settings.online, dataset="any", environ=environ)
    if settings.release is None and settings.keys is None:
        raise ConfigError(
            "--release: expected the release to follow, found none; name it, or --keys "
            "so that one can be pushed"
        )


class _Supervisor:
    """One server."""

    def __init__(
        self, settings: Settings, state: StateFolder, environ: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._state = state
        self._ended = threading.Event()
        self._announced = 0
        self._answering = ""
        self._board = Board(state, _first_status(settings), say=say)
        self._acceptance = Acceptance(state)
        self._follower = Follower(
            settings, state, self._acceptance, self._board, environ=environ
        )
        self._guarding = Guarding(state, self._acceptance, self._board)
        self._watching = Watching(settings, state, self._acceptance, self._board)
        self._shipping = Shipping(settings, state, self._board, environ=environ)

    def run(self) -> int:
        """Granian's loop; our threads run from its start to its end."""
        from serving.http_server import HttpServer, load_app

        server = HttpServer(self._settings, died=self._worker_died)
        if self._settings.release is None and not self._state.pushed.exists():
            say("waits for a release; PUT /release takes one")
        if self._settings.share_port:
            self._await_release()
        threads = self._threads()
        for thread in threads:
            server.on_startup(thread.start)
        try:
            server.serve(target_loader=load_app, wrap_loader=False)
        except SystemExit as end:
            if end.code:
                say("the workers keep ending; the server gives up")
            return int(end.code or 0)
        finally:
            self._end(threads)
        return 0

    def _await_release(self) -> None:
        """Who joins a port is asked at once, and must have something to answer with."""
        until = time.monotonic() + JOIN_SECONDS
        while self._acceptance.active is None and time.monotonic() < until:
            self._follower.look()
            time.sleep(GUARD_SECONDS)

    def _threads(self) -> list[threading.Thread]:
        looks = (
            (self._follower.look, self._settings.follow_seconds),
            (self._guarding.look, GUARD_SECONDS),
            (self._watch, WATCH_SECONDS),
            (self._announce, WATCH_SECONDS),
            (self._shipping.look, self._settings.ship_seconds),
        )
        return [
            threading.Thread(target=self._repeat, args=(look, pause), daemon=True)
            for look, pause in looks
        ]

    def _repeat(self, look: Callable[[], None], pause_seconds: float) -> None:
        """Whatever one look meets, the next one comes."""
        told = ""
        while True:
            try:
                look()
                told = ""
            except Exception as error:  # noqa: BLE001 (the server must outlive it)
                text = f"{type(error).__name__}: {error}"
                if isinstance(error, HoldfastError):
                    text = str(error)
                if text != told:
                    say(text)
                told = text
            if self._ended.wait(pause_seconds):
                return

    def _watch(self) -> None:
        """The observer comes after the workers, who are waited for."""
        if self._announced:
            self._watching.look()

    def _announce(self) -> None:
        """Say once a release is served by every worker."""
        active = self._acceptance.active
        if active is None or active.revision == self._announced:
            return
        ready = [
            one for one in read_workers(self._state) if one.revision == active.revision
        ]
        if len(ready) < self._settings.workers or not self._is_listening():
            return
        if not self._announced and self._settings.greeting:
            say_plainly(self._settings.greeting)
        self._announced = active.revision
        answering = _answering(active, self._settings)
        if answering != self._answering:
            say(answering)
        self._answering = answering

    def _is_listening(self) -> bool:
        with contextlib.suppress(OSError):
            address = (self._settings.host, self._settings.port)
            socket.create_connection(address, timeout=1).close()
            return True
        return False

    def _worker_died(self, pid: int, exit_code: int | None) -> None:
        self._board.worker_died(f"worker {pid} ended with {exit_code}; another starts")
        self._guarding.worker_died(exit_code)
        (self._state.workers / f"{pid}.json").unlink(missing_ok=True)

    def _end(self, threads: list[threading.Thread]) -> None:
        self._ended.set()
        for thread in threads:
            if thread.is_alive():
                thread.join(timeout=2)
        self._watching.end()
        # What a store out of reach does not take now is shipped after the next start.
        last = threading.Thread(target=self._shipping.end, daemon=True)
        last.start()
        last.join(timeout=self._settings.drain_seconds)


def _answering(active: Active, settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    text = (
        f"{active.model}: version {active.champion.version} answers at "
        f"http://{host}:{settings.port}"
    )
    if active.challenger is None:
        return text
    text = f"{text}, {active.mode} {active.challenger.version}"
    return f"{text} of {active.weight:.0%}" if active.mode == "canary" else text


def _first_status(settings: Settings) -> Status:
    return Status(
        source=settings.release,
        pid=os.getpid(),
        port=settings.port,
        started_at=time.time(),
        looked_at=None,
        source_error=None,
        refusal=None,
        refused_total=0,
        accepted_total=0,
        vetoes_total=0,
        worker_deaths_total=0,
        observer_deaths_total=0,
        segments_shipped_total=0,
        ship_error=None,
    )


def _alone(state: StateFolder) -> IO[str]:
    """Hold the state folder; the lock goes with the process."""
    try:
        lock = (state.path / "lock").open("w")
    except OSError as error:
        raise ConfigError(
            f"--state: cannot write {error.filename}: {error.strerror}; name a folder "
            "that can be written"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ConfigError(
            f"{_running(state)}; ask that one, stop it, or name another folder with "
            f"--state: it uses {state.path}"
        ) from None
    return lock


def _running(state: StateFolder) -> str:
    """Who uses the folder, as far as that can be read."""
    active, status = None, None
    with contextlib.suppress(HoldfastError):
        active, status = read_active(state), read_status(state)
    of = f"of {active.model} " if active else ""
    at = f" on port {status.port} (process {status.pid})" if status else ""
    return f"a server {of}already runs{at}"


def _port(settings: Settings) -> int:
    """The port, any free one for 0; taken ones are refused unless shared."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if settings.share_port:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigError(
                f"cannot listen at {settings.host}:{settings.port}: {error.strerror}; "
                "choose another --port or --host"
            ) from None
        return int(probe.getsockname()[1])


def _prepare(settings: Settings, state: StateFolder) -> None:
    """What concerns processes of an earlier server goes; what they share is named."""
    for folder in (state.metrics, state.workers):
        shutil.rmtree(folder)
        folder.mkdir()
    os.environ[VARIABLE] = as_text(settings)
    share_counters(state.metrics)
    # Forked workers would inherit the locks of our threads as they happen to be.
    multiprocessing.set_start_method("spawn", force=True)
