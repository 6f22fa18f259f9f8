"""`run.py rollout`: its subcommands and their options. Imports nothing heavy early."""

import click

from cli.models.commands import DATASET, JSON, REASON, STACK
from cli.root import ROOT


@click.group()
def rollout() -> None:
    """Show how far a rollout is; pause, resume or abort it.

    `models promote VERSION` begins one, `--pipeline deployment` moves it on.
    """


@rollout.command()
@DATASET
@STACK
@JSON
def status(dataset: str, stack: str, *, as_json: bool) -> None:
    """Show the phase, what was seen so far, and what it waits for."""
    from cli.models.place import place
    from cli.rollout.status import show_status

    show_status(place(ROOT, dataset, stack), as_json=as_json)


@rollout.command()
@REASON
@DATASET
@STACK
@JSON
def pause(reason: str, dataset: str, stack: str, *, as_json: bool) -> None:
    """Keep it in its phase; it still goes back when it must."""
    from cli.models.place import place
    from cli.rollout.acting import pause_rollout

    pause_rollout(place(ROOT, dataset, stack), reason, as_json=as_json)


@rollout.command()
@REASON
@DATASET
@STACK
@JSON
def resume(reason: str, dataset: str, stack: str, *, as_json: bool) -> None:
    """Let a paused rollout go on."""
    from cli.models.place import place
    from cli.rollout.acting import resume_rollout

    resume_rollout(place(ROOT, dataset, stack), reason, as_json=as_json)


@rollout.command()
@REASON
@DATASET
@STACK
@JSON
def abort(reason: str, dataset: str, stack: str, *, as_json: bool) -> None:
    """End it at once: the champion answers everybody, as before."""
    from cli.models.place import place
    from cli.rollout.acting import abort_rollout

    abort_rollout(place(ROOT, dataset, stack), reason, as_json=as_json)
