"""Servers as processes of this machine, one for each model. Knows no ZenML."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from churn.deployment import Condition, Deployment, DeploymentError, ServerState
from churn.scoring.keys import SIGNING_KEY
from flavors.model_deployer.local.generations import Generation, Plan, Record
from flavors.model_deployer.local.places import Place
from flavors.model_deployer.local.processes import alive
from flavors.model_deployer.local.program import CHECKOUT, fingerprint

KEEPER = "flavors.model_deployer.local.keeper"
LOOK_SECONDS = 0.05
PROBE_SECONDS = 2.0
KEEPER_STARTS_WITHIN_SECONDS = 20.0
OURS = "HOLDFAST_"


@dataclass(frozen=True)
class LocalServers:
    """Starts, replaces and ends servers.

    Parameters
    ----------
    folder : Path
        Holds a folder for each model.
    program : tuple of str
        What comes before the options of a server, for example
        ``("/path/to/python", "-m", "serving")``.
    options : mapping of name to value
        Further options of the server, as ``--name value``.
    code : Path
        The checkout whose source the program is made of.
    """

    folder: Path
    host: str
    first_port: int
    program: tuple[str, ...]
    options: Mapping[str, str]
    code: Path
    ready_within_seconds: float
    drain_within_seconds: float
    stop_within_seconds: float

    def deploy(self, deployment: Deployment) -> ServerState:
        """See that a server of today's program follows the release, and is ready."""
        place = self._place(deployment.model)
        with place.alone():
            port = place.choose_port(self.host, self.first_port)
            command, variables = self._command(deployment, port), deployment.variables
            wanted = fingerprint(command, variables, code=self.code)
            if not self._serves(place, wanted):
                self._begin(place, deployment, wanted, port)
        return self.state(deployment.model)

    def state(self, model: str) -> ServerState:
        """What is known of the model's server at this moment."""
        place = self._place(model)
        current = place.current()
        if current is None:
            return ServerState(
                model, "absent", None, "it was never deployed, or stopped"
            )
        generation, record = current
        condition, reason = self._condition(place, generation, record)
        return ServerState(model, condition, self._url(place), reason)

    def stop(self, model: str) -> None:
        """End the model's server; once this returns, nothing of it runs."""
        place = self._place(model)
        if not place.generations:
            return
        with place.alone():
            for generation in place.generations:
                generation.stop(within_seconds=self.stop_within_seconds)

    def log_lines(self, model: str) -> list[str]:
        """What the newest server of the model said."""
        newest = self._place(model).generations[-1:]
        logs = [one.log for one in newest if one.log.exists()]
        return [line for log in logs for line in log.read_text().splitlines()]

    def _place(self, model: str) -> Place:
        return Place(self.folder.absolute() / model)

    def _url(self, place: Place) -> str:
        return f"http://{self.host}:{place.port}"

    def _command(self, deployment: Deployment, port: int) -> tuple[str, ...]:
        """The command of a server, without what each generation has of its own."""
        given = {
            "release": deployment.releases_url,
            "model": deployment.model,
            "host": self.host,
            "port": str(port),
            **self.options,
        }
        options = ((f"--{n.replace('_', '-')}", value) for n, value in given.items())
        return (*self.program, *(part for option in options for part in option))

    def _serves(self, place: Place, wanted: str) -> bool:
        """Whether the right program runs and is kept, or gets ready in time."""
        current = place.current()
        if current is None:
            return False
        generation, record = current
        plan = generation.plan
        if plan is None or plan.fingerprint != wanted or not alive(record.keeper):
            return False
        return _within(self.ready_within_seconds, lambda: self._is_ready(place))

    def _begin(
        self, place: Place, deployment: Deployment, wanted: str, port: int
    ) -> None:
        """Start the next generation, which replaces those that run.

        Raises
        ------
        DeploymentError
            If it does not get ready; then it is gone, and the others still run.
        """
        joined = ("--share-port",) if place.living else ()
        generation = place.newest()
        state = ("--state", str(generation.state))
        generation.begin(
            Plan(
                command=(*self._command(deployment, port), *state, *joined),
                fingerprint=wanted,
                host=self.host,
                port=port,
                ready_within_seconds=self.ready_within_seconds,
                drain_within_seconds=self.drain_within_seconds,
                stop_within_seconds=self.stop_within_seconds,
            )
        )
        _start_keeper(generation, deployment.variables)
        self._wait(generation, has_predecessor=bool(joined))

    def _wait(self, generation: Generation, *, has_predecessor: bool) -> None:
        _within(KEEPER_STARTS_WITHIN_SECONDS, lambda: generation.record is not None)
        while generation.is_alive and not _is_settled(generation):
            time.sleep(LOOK_SECONDS)
        record = generation.record
        if record is not None and record.condition == "ready":
            return
        _within(self.stop_within_seconds, lambda: not generation.is_alive)
        reason = "its keeper did not start" if record is None else record.reason
        kept = "; the server that ran before still runs" if has_predecessor else ""
        raise DeploymentError(
            f"the server did not get ready: {reason}; all it said is in "
            f"{generation.log}{kept}"
        )

    def _condition(
        self, place: Place, generation: Generation, record: Record
    ) -> tuple[Condition, str]:
        if not generation.is_alive:
            return "failing", f"keeper and server died; {generation.log} says more"
        if self._is_ready(place):
            return "ready", ""
        if not alive(record.keeper):
            return "failing", f"its keeper died; {generation.log} says more"
        return "starting", record.reason or "it has not answered yet"

    def _is_ready(self, place: Place) -> bool:
        asked = HTTPConnection(self.host, place.port, timeout=PROBE_SECONDS)
        try:
            asked.request("GET", "/health/ready")
            return asked.getresponse().status == 200  # noqa: PLR2004
        except (OSError, HTTPException):
            return False
        finally:
            asked.close()


def _start_keeper(generation: Generation, variables: Mapping[str, str]) -> None:
    """Start the keeper, which goes into the background at once.

    Addresses reach it as its environment: they may hold passwords, files may not.
    """
    subprocess.run(  # noqa: S603 (the command is our own)
        [sys.executable, "-m", KEEPER, str(generation.path)],
        cwd=CHECKOUT,
        env=inherited(os.environ) | dict(variables),
        check=True,
        stdin=subprocess.DEVNULL,
        timeout=KEEPER_STARTS_WITHIN_SECONDS,
    )


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """What a server keeps of a run's environment: neither ours nor the key that signs.

    >>> inherited({"HOLDFAST_SIGNING_KEY": "env:KEY", "KEY": "secret", "LANG": "C"})
    {'LANG': 'C'}
    """
    signing = environ.get(SIGNING_KEY, "").removeprefix("env:")
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(OURS) and name != signing
    }


def _is_settled(generation: Generation) -> bool:
    record = generation.record
    return record is not None and record.condition not in ("starting", "replacing")


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False if it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_SECONDS)
    return True
