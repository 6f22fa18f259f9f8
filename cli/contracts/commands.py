"""`run.py contracts`: its subcommands and options. Imports nothing heavy early."""

import sys
from pathlib import Path

import click

from cli.models.commands import JSON, STACK
from cli.root import ROOT


@click.group()
def contracts() -> None:
    """Say what a change of contracts and features breaks, before it is merged."""


@contracts.command()
@click.option(
    "--base",
    default="origin/main",
    show_default=True,
    metavar="REVISION",
    help="What to compare this checkout with: a branch, a tag, a commit.",
)
@click.option(
    "--users",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Who uses what, as `contracts users` printed it. Default: ask the ledger.",
)
@click.option("--markdown", is_flag=True, help="Print Markdown, for a comment.")
@STACK
@JSON
def diff(
    base: str, users: Path | None, stack: str, *, markdown: bool, as_json: bool
) -> None:
    """Name the features and the models in use that a change breaks.

    Exit 3 when it takes from a model what it was fitted on.
    """
    from cli.contracts.diff import show_diff

    form = "json" if as_json else "markdown" if markdown else "table"
    sys.exit(show_diff(ROOT, base, stack, users, form=form))


@contracts.command()
@STACK
def users(stack: str) -> None:
    """Print the versions in use and their features, as JSON for `diff --users`."""
    import msgspec

    from cli.contracts.users import users_on

    encoded = msgspec.json.encode(users_on(ROOT, stack))
    click.echo(msgspec.json.format(encoded, indent=2).decode())
