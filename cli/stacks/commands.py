"""`run.py stacks`: its subcommands and their options. Imports nothing heavy early."""

import os

import click

from cli.models.commands import JSON
from cli.root import ROOT

NAME = click.argument("name", metavar="NAME")
FORCE = click.option(
    "--force", "is_forced", is_flag=True, help="Also while runs are going on in it."
)


@click.group()
def stacks() -> None:
    """Show where pipelines can run; make ZenML agree, check it, take it out again.

    A stack is one file of configs/stacks; a new environment is one new file.
    """


@stacks.command("list")
@JSON
def list_stacks(*, as_json: bool) -> None:
    """Show every stack, and which variables it still needs."""
    from cli.stacks.showing import show_list

    show_list(ROOT, as_json=as_json)


@stacks.command()
@NAME
@JSON
def show(name: str, *, as_json: bool) -> None:
    """Show a stack's parts, variables and secrets."""
    from cli.stacks.showing import show_stack

    show_stack(ROOT, name, as_json=as_json)


@stacks.command()
@NAME
@JSON
def diff(name: str, *, as_json: bool) -> None:
    """Show what apply would change, and change nothing."""
    from cli.stacks import acting

    acting.diff(ROOT, name, as_json=as_json)


@stacks.command()
@NAME
@FORCE
@JSON
def apply(name: str, *, is_forced: bool, as_json: bool) -> None:
    """Make ZenML's stack as the file says, whole or not at all.

    `--pipeline … --stack NAME` does the same before it runs.
    """
    from cli.stacks import acting

    acting.apply(ROOT, name, is_forced=is_forced, as_json=as_json)


@stacks.command()
@NAME
@JSON
def doctor(name: str, *, as_json: bool) -> None:
    """Check that every part is there, reachable, open to us and fit; exit 1 if not."""
    from cli.doctor.leaving import leave
    from cli.doctor.showing import run_doctor

    leave(run_doctor(name, root=ROOT, environ=os.environ, as_json=as_json))


@stacks.command()
@NAME
@FORCE
@JSON
def remove(name: str, *, is_forced: bool, as_json: bool) -> None:
    """Take out of ZenML what apply put there; secrets, data and runs stay.

    Artifacts of earlier runs can be read through ZenML no more.
    """
    from cli.stacks import acting

    acting.remove(ROOT, name, is_forced=is_forced, as_json=as_json)
