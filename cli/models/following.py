"""The pipeline after an act: mirrors, smoke test and page follow what already holds."""

import sys
from contextlib import nullcontext, redirect_stdout

import click

from churn.errors import HoldfastError
from cli.models.place import Place
from cli.run_pipeline import Options, run_pipeline

STANDS = {"deployment": "start of the rollout"}


def follow(place: Place, pipeline: str, *, quiet: bool) -> int:
    """Run the pipeline on the stack; its failure does not undo the act.

    ``quiet`` leaves standard output to the document that was printed.
    """
    options = Options(
        pipeline=pipeline,
        dataset=place.dataset,
        source=None,
        stack=place.stack.name,
        as_of=None,
        settings=(),
        no_cache=False,
        dry_run=False,
        as_json=False,
        fail_on_refusal=False,
    )
    try:
        with redirect_stdout(sys.stderr) if quiet else nullcontext():
            code = run_pipeline(place.root, options)
    except HoldfastError as error:
        click.echo(f"failed: {error}", err=True)
        code = 1
    if code:
        act = STANDS.get(pipeline, pipeline)
        click.echo(
            f"the {act} stands: ledger and release have it; only mirrors, smoke test "
            f"or page are missing: `{place.hints.command(f'--pipeline {pipeline}')}` "
            "repeats them",
            err=True,
        )
    return code
