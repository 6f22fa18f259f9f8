"""Apply the stack, run the pipeline on it, and report: everything that needs ZenML."""

import importlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml
from rich.console import Console
from zenml.client import Client

from cli.console import console
from cli.hints import Hints
from cli.outcome import Deployed, Failure, Times
from cli.progress import progress
from cli.read_back import outcome_of
from cli.stack_file import StackFile
from cli.stacks import apply_stack, check_stack
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
            problem = _run(options.pipeline, document)
        except KeyboardInterrupt:
            problem = (shown.step or "preparation", "interrupted")
    if problem is not None:
        failure = Failure(name, *problem, log_file)
        _alert(failure.message)
        show_failure(speaker, failure, Hints(options.dataset, options.stack))
        return INTERRUPTED if failure.cause == "interrupted" else FAILED
    times = Times(shown.seconds, tuple(shown.reused), time.monotonic() - started)
    outcome = outcome_of(options.pipeline, name, times)
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


def _run(pipeline: str, document: dict[str, Any]) -> tuple[str, str] | None:
    """Run on the active stack; None when it completed, else the step and the cause."""
    module = importlib.import_module(f"pipelines.{pipeline}")
    with _written(document) as path:
        configured = getattr(module, pipeline).with_options(config_path=str(path))
        try:
            configured()
        except RuntimeError as error:
            return broken_step(document["run_name"]) or ("pipeline", one_line(error))
        except KeyError as error:
            # The ledger may name a version that this ZenML store never had, or lost.
            return "preparation", f"ZenML: {one_line(error.args[0])}"
    return None


@contextmanager
def _written(document: dict[str, Any]) -> Iterator[Path]:
    """The document as a file, since ZenML takes nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        yield path


def broken_step(run_name: str) -> tuple[str, str] | None:
    """The first step that failed and the last line of its traceback."""
    run = Client().get_pipeline_run(run_name, allow_name_prefix_match=False)
    for name, step in run.steps.items():
        if step.exception_info is not None:
            return name, one_line(step.exception_info.traceback.splitlines()[-1])
    return None


def one_line(error: object) -> str:
    """A message on one line, without the name of our own error class."""
    text = " ".join(str(error).split())
    return text.removeprefix("churn.errors.").partition("Error: ")[2] or text


def _alert(message: str) -> None:
    """One message per run to the stack's alerter, where it has one."""
    alerter = Client().active_stack.alerter
    if alerter is not None:
        alerter.post(message)
