"""`run.py server`: its subcommands and their options. Imports nothing heavy early."""

import click

from cli.models.commands import DATASET, JSON, STACK
from cli.root import ROOT


@click.group()
def server() -> None:
    """Show or stop the server that `--pipeline deployment` keeps running."""


@server.command()
@DATASET
@STACK
@JSON
def status(dataset: str, stack: str, *, as_json: bool) -> None:
    """Show whether it runs, and where it answers."""
    from cli.models.place import place
    from cli.server.keeping import show_server

    show_server(place(ROOT, dataset, stack), as_json=as_json)


@server.command()
@DATASET
@STACK
def stop(dataset: str, stack: str) -> None:
    """End it; the next deployment run starts one again."""
    from cli.models.place import place
    from cli.server.keeping import stop_server

    stop_server(place(ROOT, dataset, stack))
