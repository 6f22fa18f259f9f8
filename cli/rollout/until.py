"""`--until live`: look again and again until the rollout is over."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from churn.errors import ConfigError
from cli.models.place import Place, place
from cli.run_pipeline import Options, run_pipeline
from registry.errors import RefusedError
from registry.state import state

NOT_LIVE = 3
PAUSE_SECONDS = 30.0


def until_live(
    root: Path, options: Options, *, sleep: Callable[[float], None] = time.sleep
) -> int:
    """Run the pipeline until the version is live (0) or is not on its way (3)."""
    if options.pipeline != "deployment":
        raise ConfigError(
            f"--until: the pipeline {options.pipeline} has no use for it; it repeats "
            "--pipeline deployment"
        )
    where = place(root, options.dataset, options.stack)
    staged = state(where.events()).staging
    if staged is None:
        raise RefusedError("no version is in staging, so none can get live")
    while True:
        code = run_pipeline(root, options)
        if code or options.dry_run:
            return code
        ended = _ended(where, staged.version)
        if ended is not None:
            return ended
        click.echo(f"looking again in {PAUSE_SECONDS:g} s; Ctrl-C ends it", err=True)
        sleep(PAUSE_SECONDS)


def _ended(where: Place, version: str) -> int | None:
    """The exit code once the version is live or leaves the road; None before."""
    head = state(where.events())
    if head.champion == version:
        return 0
    is_running = head.rollout is not None and head.rollout.version == version
    return None if is_running else NOT_LIVE
