"""`--until live`: look again and again until the rollout is over."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from rich.text import Text

from churn.errors import ConfigError
from cli.models.place import Place, place
from cli.models.speaking import say
from cli.run_pipeline import Options, run_pipeline
from registry.errors import RefusedError
from registry.state import state

NOT_LIVE, INTERRUPTED = 3, 130
PAUSE_SECONDS = 30.0


def until_live(
    root: Path, options: Options, *, sleep: Callable[[float], None] = time.sleep
) -> int:
    """Run the pipeline until the version is live (0) or is not on its way (3).

    An interruption (130) ends the looking alone.
    """
    if options.pipeline != "deployment":
        raise ConfigError(
            f"--until: the pipeline {options.pipeline} has no use for it; it repeats "
            "`--pipeline deployment`"
        )
    where = place(root, options.dataset, options.stack)
    head = state(where.events())
    staged = head.staging
    if staged is None and head.champion is not None:
        told = f"version {head.champion} is live already"
        say({"live": head.champion}, Text(told), as_json=options.as_json)
        return 0
    if staged is None:
        raise RefusedError("no version is in staging, so none can get live")
    try:
        code = _looks(where, options, staged.version, sleep)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        told = f"stopped looking; the rollout of version {staged.version} goes on"
        click.echo(told, err=True)
    return code


def _looks(
    where: Place, options: Options, version: str, sleep: Callable[[float], None]
) -> int:
    """Look whole once, then say only what changes."""
    while True:
        code = run_pipeline(where.root, options)
        if code or options.dry_run:
            return code
        ended = _ended(where, version)
        if ended is not None:
            return ended
        if not options.looks_again:
            told = f"looking again every {PAUSE_SECONDS:g} s; Ctrl-C ends the looking"
            click.echo(told, err=True)
        options = replace(options, looks_again=True)
        sleep(PAUSE_SECONDS)


def _ended(where: Place, version: str) -> int | None:
    """The exit code once the version is live or leaves the road; None before."""
    head = state(where.events())
    if head.champion == version:
        return 0
    is_running = head.rollout is not None and head.rollout.version == version
    return None if is_running else NOT_LIVE
