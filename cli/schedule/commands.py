"""`run.py schedule`: its subcommands and their options. Imports nothing heavy early."""

import os
from collections.abc import Callable
from typing import Any

import click

from cli.models.commands import DATASET, JSON, STACK
from cli.root import ROOT

Command = Callable[..., Any]
OPTIONS = (
    DATASET,
    STACK,
    click.option(
        "--source", metavar="X", help="Where the data are; not for embedded ones."
    ),
    click.option(
        "--cadence",
        type=click.Choice(["daily", "weekly", "monthly"]),
        default="weekly",
        show_default=True,
        help="How often a champion that does no harm is replaced.",
    ),
)


def _with_options(command: Command) -> Command:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group()
def schedule() -> None:
    """Show what runs when; print it for cron, GitHub Actions or Kubeflow.

    Nothing is installed: what is printed is yours to copy.
    """


@schedule.command("show")
@_with_options
@JSON
def show_schedule(
    dataset: str, stack: str, source: str | None, cadence: str, *, as_json: bool
) -> None:
    """Show every job with its times in UTC and its command."""
    from cli.schedule.jobs import jobs
    from cli.schedule.showing import show_jobs

    show_jobs(jobs(ROOT, dataset, stack, source, cadence), as_json=as_json)


@schedule.command("cron")
@_with_options
@click.option(
    "--form",
    type=click.Choice(["crontab", "github", "kubeflow"]),
    default="crontab",
    show_default=True,
)
@click.option(
    "--image",
    default="holdfast:latest",
    show_default=True,
    metavar="NAME",
    help="For Kubeflow: an image with this checkout and its environment.",
)
def print_cron(
    dataset: str, stack: str, source: str | None, cadence: str, form: str, image: str
) -> None:
    """Print the jobs in the form of whoever starts them."""
    from cli.schedule.forms import crontab, github, kubeflow
    from cli.schedule.jobs import PLACES, jobs

    found = jobs(ROOT, dataset, stack, source, cadence)
    name = f"holdfast-{dataset.replace('_', '-')}"
    if form == "crontab":
        places = {name: os.environ[name] for name in PLACES if name in os.environ}
        click.echo(crontab(found, name, ROOT, places), nl=False)
    elif form == "github":
        click.echo(github(found, name), nl=False)
    else:
        click.echo(kubeflow(found, name, image), nl=False)
