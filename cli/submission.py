"""One run of a pipeline on the active stack: submitted, watched, and how it ended."""

import importlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import yaml
from zenml.client import Client
from zenml.models import PipelineRunResponse, StepRunResponse
from zenml.orchestrators.publish_utils import publish_failed_pipeline_run

from cli.outcome import HandedOver, Times
from cli.pods import last_words
from cli.progress import Progress
from cli.watching import watched

# Between the end that an orchestrator tells and the one that ZenML's server tells.
SETTLING_SECONDS = 30.0
LOOK_SECONDS = 1.0

Problem = tuple[str, str]
"""The step that failed, and the cause."""


def submit(pipeline: str, document: dict[str, Any], shown: Progress) -> Problem | None:
    """Run on the active stack; None when it completed, or is another's to run."""
    module = importlib.import_module(f"pipelines.{pipeline}")
    name, is_remote = document["run_name"], _orchestrator().is_remote
    watching = watched(name, shown) if is_remote else nullcontext()
    with _written(document) as path, watching:
        configured = getattr(module, pipeline).with_options(config_path=str(path))
        try:
            configured()
        except RuntimeError as error:
            return broken_step(name) or _silent(name, one_line(error))
        except KeyError as error:
            # The ledger may name a version that this ZenML store never had, or lost.
            return "preparation", f"ZenML: {one_line(error.args[0])}"
        except Exception as error:
            if not is_remote:
                raise
            # Each orchestrator's client has errors of its own.
            return broken_step(name) or _silent(name, _told(error))
    return _unfinished(name) if is_remote and _orchestrator().is_synchronous else None


def handed_over(run_name: str, times: Times) -> HandedOver | None:
    """Who runs it later; None where the run is over."""
    if _orchestrator().is_synchronous or _run(run_name).status.is_finished:
        return None
    flavor = Client().active_stack.orchestrator.flavor
    return HandedOver(run=run_name, times=times, to=flavor.removeprefix("holdfast_"))


def goes_on(run_name: str) -> bool:
    """Whether the run needs nobody who waits for it."""
    found = Client().list_pipeline_runs(name=run_name, size=1).items
    return _orchestrator().is_remote and any(not r.status.is_finished for r in found)


def broken_step(run_name: str) -> Problem | None:
    """The first step that failed and the last line of its traceback."""
    for name, step in _steps(run_name).items():
        if step.exception_info is not None:
            return name, one_line(step.exception_info.traceback.splitlines()[-1])
    return None


def one_line(error: object) -> str:
    """A message on one line, without the name of our own error class."""
    text = " ".join(str(error).split())
    return text.removeprefix("churn.errors.").partition("Error: ")[2] or text


def _told(error: Exception) -> str:
    return one_line(error) or type(error).__name__


def _orchestrator() -> Any:
    return Client().active_stack.orchestrator.config


def _run(name: str) -> PipelineRunResponse:
    return Client().get_pipeline_run(name, allow_name_prefix_match=False)


def _steps(run_name: str) -> dict[str, StepRunResponse]:
    """The steps that began; none where the run itself did not."""
    try:
        return _run(run_name).steps
    except KeyError:
        return {}


def _unfinished(run_name: str) -> Problem | None:
    """What broke in a run that its orchestrator calls over; None if all is well."""
    deadline = time.monotonic() + SETTLING_SECONDS
    run = _run(run_name)
    while not run.status.is_finished and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        run = _run(run_name)
    if run.status.is_successful:
        return None
    told = f"the orchestrator ended it, while to ZenML it is {run.status.value}"
    problem = broken_step(run_name) or _silent(run_name, told)
    if not run.status.is_finished:
        # Nobody else will, and a stack with a run that goes on cannot be changed.
        publish_failed_pipeline_run(run.id)
    return problem


def _silent(run_name: str, cause: str) -> Problem:
    """A step that ended without a word to ZenML, and what its pod still tells."""
    steps = _steps(run_name).items()
    begun = [(name, step) for name, step in steps if not step.status.is_successful]
    if not begun:
        return "pipeline", cause
    name, step = begun[0]
    orchestrator = Client().active_stack.orchestrator
    said = last_words(orchestrator, step.pipeline_run_id, name)
    return name, f"{cause}; {said}" if said else cause


@contextmanager
def _written(document: dict[str, Any]) -> Iterator[Path]:
    """The document as a file, since ZenML takes nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        yield path
