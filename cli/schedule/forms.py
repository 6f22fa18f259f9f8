"""The jobs as a crontab, a workflow of GitHub Actions, or runs of Kubeflow."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cli.schedule.jobs import PLACES, SECRETS, Job

PYTHON = ".venv/bin/python"
WIDTH = 1000
DELIMITER = "HOLDFAST"


def crontab(
    jobs: Sequence[Job], name: str, root: Path, places: Mapping[str, str]
) -> str:
    """Lines for ``crontab -e``.

    A percent sign means a new line there, so it is escaped.

    Parameters
    ----------
    places : mapping of variable to value
        Those of ``PLACES`` that are set here: cron starts with none of them.
    """
    lines = [
        f"# {name}; times are UTC. Where cron does not know CRON_TZ (Debian's) set the",
        f"# machine's zone to UTC. {SECRETS}.",
        "CRON_TZ=UTC",
        *(f"{variable}={value}" for variable, value in places.items()),
    ]
    for job in jobs:
        command = shlex.join([sys.executable, "run.py", *job.words])
        whole = f"cd {shlex.quote(str(root))} && {command}".replace("%", r"\%")
        lines += [f"# {job.name}: {job.why}", f"{job.cron} {whole}"]
    return "\n".join(lines) + "\n"


def github(jobs: Sequence[Job], name: str) -> str:
    """A file for ``.github/workflows``; each job can also be started by hand.

    ``self-hosted``: a runner that reaches the stores of the stack.
    """
    names = [job.name for job in jobs]
    chosen = {"type": "choice", "required": True, "options": names}
    document: dict[str, Any] = {
        "name": name,
        "on": {
            "schedule": [{"cron": job.cron} for job in jobs],
            "workflow_dispatch": {"inputs": {"job": chosen}},
        },
        "permissions": {"contents": "read"},
        "jobs": {job.name: _github_job(job) for job in jobs},
    }
    head = (
        f"# .github/workflows/{name}.yml; times are UTC. The runner must reach the "
        f"stores of the stack.\n# {SECRETS}:\n# name them in secrets of the repository "
        f"and in `env`, as {' and '.join(PLACES)} where the runner sets them.\n"
    )
    return head + _yaml(document)


def _github_job(job: Job) -> dict[str, Any]:
    command = shlex.join([PYTHON, "run.py", *job.words])
    return {
        "if": f"github.event.schedule == '{job.cron}' || inputs.job == '{job.name}'",
        "runs-on": "self-hosted",
        "concurrency": {"group": job.name, "cancel-in-progress": False},
        "steps": [
            {"uses": "actions/checkout@v4", "with": {"clean": False}},
            {"run": "make setup"},
            {"run": command},
        ],
    }


def kubeflow(jobs: Sequence[Job], name: str, image: str) -> str:
    """A shell script that gives Kubeflow Pipelines a recurring run for each job.

    Each is a pipeline of one container, which runs ``run.py`` as a person would: so a
    retraining decides and trains in one place, whatever the stack. Kubeflow's cron has
    seconds first. One run at a time; what was missed is not caught up.
    """
    head = (
        "#!/bin/sh\n"
        f"# {name}: needs `kfp` (2.x) with an endpoint, and an image with this "
        f"checkout.\n# Times are UTC. {SECRETS}:\n# give them to the pods.\n"
        "set -eu\nfolder=$(mktemp -d)\n"
    )
    return head + "".join(_recurring_run(job, name, image) for job in jobs)


def _recurring_run(job: Job, name: str, image: str) -> str:
    own = f"{name}-{job.name.replace('_', '-')}"
    cron = shlex.quote(f"0 {job.cron}")
    return (
        f"\n# {job.why}\ncat > \"$folder/{own}.yaml\" <<'{DELIMITER}'\n"
        f"{_yaml(kubeflow_pipeline(job, own, image))}{DELIMITER}\n"
        f"kfp recurring-run create --experiment-name {name} --job-name {own} \\\n"
        f"  --cron-expression {cron} --max-concurrency 1 --no-catchup \\\n"
        f'  --pipeline-package-path "$folder/{own}.yaml"\n'
    )


def kubeflow_pipeline(job: Job, name: str, image: str) -> dict[str, Any]:
    """One job as a compiled pipeline of Kubeflow Pipelines (its IR, schema 2.1.0)."""
    container = {
        "image": image,
        "command": ["python", "run.py"],
        "args": list(job.words),
    }
    task: Mapping[str, Any] = {
        "cachingOptions": {},
        "componentRef": {"name": "comp-run"},
        "taskInfo": {"name": "run"},
    }
    return {
        "components": {"comp-run": {"executorLabel": "exec-run"}},
        "deploymentSpec": {"executors": {"exec-run": {"container": container}}},
        "pipelineInfo": {"name": name},
        "root": {"dag": {"tasks": {"run": task}}},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.17.0",
    }


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, width=WIDTH)
