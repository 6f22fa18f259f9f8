"""Apply the stack, run the pipeline on it, and report: everything that needs ZenML."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from zenml.client import Client

from cli.console import console
from cli.hints import Hints
from cli.outcome import Deployed, Failure, Times
from cli.progress import progress
from cli.read_back import outcome_of
from cli.stacks.apply import apply_stack, check_stack
from cli.stacks.file import StackFile
from cli.submission import goes_on, handed_over, submit
from cli.summary import show_failure, show_look, show_outcome

if TYPE_CHECKING:
    from cli.run_pipeline import Options

FAILED, REFUSED, INTERRUPTED = 1, 3, 130


def execute(
    root: Path, options: "Options", stack: StackFile, document: dict[str, Any]
) -> int:
    """Run the pipeline; 0 when it ran, 1 when it failed, 3 if asked to on refusal."""
    started = time.monotonic()
    check_stack(stack)
    speaker = console(stderr=True)
    quiet = Console(stderr=True, quiet=True) if options.looks_again else speaker
    name = document["run_name"]
    log_file = Path(stack.home) / "logs" / f"{name}.log"
    with progress(quiet, log_file) as shown:
        for change in apply_stack(stack, root=root):
            shown.say(str(change))
        try:
            problem = submit(options.pipeline, document, shown)
        except KeyboardInterrupt:
            problem = (shown.step or "preparation", "interrupted")
    if problem is not None:
        failure = Failure(name, *problem, log_file)
        _alert(failure.message)
        show_failure(speaker, failure, Hints(options.dataset, options.stack))
        if failure.cause != "interrupted":
            return FAILED
        if goes_on(name):
            stop = f"`zenml pipeline runs stop {name}` ends it"
            speaker.print(f"the run goes on where it is; {stop}", soft_wrap=True)
        return INTERRUPTED
    times = Times(shown.seconds, tuple(shown.reused), time.monotonic() - started)
    outcome = handed_over(name, times) or outcome_of(options.pipeline, name, times)
    _alert(outcome.message)
    if options.as_json:
        click.echo(outcome.as_json())
    else:
        hints = Hints(options.dataset, options.stack)
        if options.looks_again and isinstance(outcome, Deployed) and outcome.is_same:
            show_look(console(), outcome, hints)
        else:
            show_outcome(console(), outcome, hints)
    return REFUSED if options.fail_on_refusal and outcome.refused else 0


def _alert(message: str) -> None:
    """One message per run to the stack's alerter, where it has one."""
    alerter = Client().active_stack.alerter
    if alerter is not None:
        alerter.post(message)
