"""``python -m tests.staging``: the stack's servers without containers, until Ctrl-C."""

import shlex
import signal
import subprocess
import sys
from contextlib import ExitStack
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pytest

from tests.conftest import CHECKOUT
from tests.staging.bringing_up import Staging, staging

FILE = "variables.sh"


def main() -> None:
    """Bring the servers up, apply the stack, say how to use it, wait."""
    # As Ctrl-C does: servers are ended, folders removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="holdfast-")))
        try:
            servers = running.enter_context(staging())
        except pytest.skip.Exception as missing:
            sys.exit(f"error: {missing}; `.ci/run` installs it")
        variables = folder / FILE
        variables.write_text(exports(servers))
        variables.chmod(0o600)
        apply = [sys.executable, "run.py", "stacks", "apply", "staging"]
        subprocess.run(
            apply, cwd=CHECKOUT, env={**environ, **servers.variables}, check=True
        )
        told = f"\n. {variables}\n.venv/bin/python run.py --pipeline training"
        click.echo(f"{told} --stack staging\n\nCtrl-C ends the servers.")
        signal.pause()


def exports(servers: Staging) -> str:
    """What a shell reads to use the stack; passwords stay in ZenML's secret."""
    told = servers.variables.items()
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in told)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
