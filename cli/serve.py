"""`serve`: the model server on this machine, of what a stack's ledger released."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from churn.errors import UsageError
from churn.scoring.bundle import Bundle, load_bundle
from churn.scoring.release import Served
from cli.models.place import Place, place
from storage.bundles import bundle_files
from storage.release import read_release

CUSTOMER = "example"
EXAMPLE_VALUE_EUR = 500.0


def run_server(
    root: Path, dataset: str, stack: str, *, port: int, options: Sequence[str]
) -> None:
    """Become the server; says how to ask it. Ctrl-C ends it.

    Raises
    ------
    UsageError
        If nothing was released yet.
    HoldfastError
        If the champion's bundle cannot be read.
    """
    of = place(root, dataset, stack)
    of.store("release")
    environ = {**os.environ, **of.stack.environment}
    champion = _champion(of, environ)
    bundle = load_bundle(bundle_files(champion.bundle_uri, environ=environ))
    click.echo(f"{of.model} version {champion.version}; once it answers:")
    click.echo(example(bundle, port=port))
    click.echo(f"more: http://127.0.0.1:{port}/docs; Ctrl-C ends it")
    sys.stdout.flush()
    command = [
        *(sys.executable, "-m", "serving", "--model", of.model),
        *("--state", str(Path(of.stack.home) / "serving" / of.model)),
        *("--port", str(port), *options),
    ]
    os.chdir(root)
    os.execve(sys.executable, command, environ)  # noqa: S606 (it is the very server)


def example(bundle: Bundle, *, port: int) -> str:
    """A command line that asks for one customer, whose values raise no warning."""
    body = {
        "customer_id": CUSTOMER,
        "customer_value": bundle.median_customer_value_eur or EXAMPLE_VALUE_EUR,
        "values": usual_row(bundle),
    }
    told = shlex.quote(msgspec.json.encode(body).decode())
    address = f"http://127.0.0.1:{port}/predict?reasons=3"
    return f"curl -s '{address}' -H 'Content-Type: application/json' -d {told}"


def usual_row(bundle: Bundle) -> Mapping[str, Any]:
    """The first golden row that the model finds nothing unusual about, or the last."""
    rows = bundle.golden.rows
    _, warnings = bundle.inputs.columns(rows)
    usual = (row for row, told in zip(rows, warnings, strict=True) if not told)
    return next(usual, rows[-1])


def _champion(of: Place, environ: Mapping[str, str]) -> Served:
    release = read_release(of.model, environ=environ)
    if release is None or release.champion is None:
        raise UsageError(
            f"no version of {of.dataset} on stack {of.stack.name} is in production "
            f"yet; `python run.py --pipeline training --dataset {of.dataset}` makes "
            "one, `python run.py --pipeline deployment` brings it there"
        )
    return release.champion
