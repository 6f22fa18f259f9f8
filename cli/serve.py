"""`serve`: the model server on this machine, of what a stack's ledger released."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from churn.errors import UsageError
from churn.scoring.bundle import Bundle, load_bundle
from churn.scoring.example import example_customer
from churn.scoring.release import Served
from cli.models.place import Place, place
from storage.bundles import bundle_files
from storage.release import read_release

KEYS = "--keys"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (asked here instead)


def run_server(
    root: Path,
    dataset: str,
    stack: str,
    *,
    host: str,
    port: int,
    options: Sequence[str],
) -> None:
    """Become the server, which says how to ask it once it answers. Ctrl-C ends it.

    Raises
    ------
    UsageError
        If nothing was released yet.
    HoldfastError
        If the champion's bundle cannot be read.
    """
    of = place(root, dataset, stack)
    of.store("release")
    environ = of.environ
    champion = _champion(of, environ)
    bundle = load_bundle(bundle_files(champion.bundle_uri, environ=environ))
    has_keys = "HOLDFAST_KEYS" in environ or any(
        option.partition("=")[0] == KEYS for option in options
    )
    address = f"http://{EVERYWHERE.get(host, host)}:{port}"
    command = [
        *(sys.executable, "-m", "serving", "--model", of.model),
        *("--state", str(Path(of.stack.home) / "serving" / of.model)),
        *("--host", host, "--port", str(port)),
        *("--greeting", greeting(bundle, address, has_keys=has_keys), *options),
    ]
    os.chdir(root)
    os.execve(sys.executable, command, environ)  # noqa: S606 (it is the very server)


def greeting(bundle: Bundle, address: str, *, has_keys: bool) -> str:
    """A command line that asks for a usual customer, and where to find more."""
    told = shlex.quote(msgspec.json.encode(example_customer(bundle)).decode())
    key = ' -H "X-API-Key: $KEY"' if has_keys else ""
    return (
        f"curl -s '{address}/predict?reasons=3'{key} "
        f"-H 'Content-Type: application/json' -d {told}\n"
        f"more: {address}/docs; Ctrl-C ends the server"
    )


def _champion(of: Place, environ: Mapping[str, str]) -> Served:
    release = read_release(of.model, environ=environ)
    if release is None or release.champion is None:
        raise UsageError(
            f"no version of {of.dataset} on stack {of.stack.name} is in production "
            f"yet; `python run.py --pipeline training --dataset {of.dataset}` makes "
            "one, `python run.py --pipeline deployment` brings it there"
        )
    return release.champion
