"""What runs when: one job a pipeline, its times in UTC, its command."""

from dataclasses import dataclass
from pathlib import Path

from churn.errors import ConfigError
from cli.hints import DATASET, STACK
from cli.models.place import place
from cli.retraining_config import dataset_file, trigger_of
from storage.alerts import WEBHOOK
from storage.crm import PASSWORD_VARIABLE as CRM_PASSWORD
from storage.databases import PASSWORD_VARIABLE
from storage.sources import part_password

EVERY_HOUR = "10 * * * *"
EVERY_NIGHT = "15 1 * * *"
AFTER_THE_NIGHT = "15 2 * * *"
RETRAINING = {"daily": "15 3 * * *", "weekly": "15 3 * * 1", "monthly": "15 3 1 * *"}
HARM_BETWEEN = {"weekly": "15 3 * * 0,2-6", "monthly": "15 3 2-31 * *"}
"""The days without a look of the cadence: two at once would both train."""


@dataclass(frozen=True)
class Job:
    """One thing that runs again and again.

    Parameters
    ----------
    cron : str
        Minute, hour, day of month, month, day of week; UTC.
    words : tuple of str
        What follows ``run.py``.
    why : str
        What it is for, in a few words.
    """

    name: str
    cron: str
    words: tuple[str, ...]
    why: str


def jobs(
    root: Path, dataset: str, stack: str, source: str | None, cadence: str
) -> tuple[Job, ...]:
    """All jobs of a data set on a stack; a password stays out of them.

    Raises
    ------
    ConfigError
        If there is no such data set, stack or trigger, or nothing says where the data
        of the jobs are.
    """
    where = place(root, dataset, stack)
    if source is None and dataset_file(root, where.dataset).simulation is None:
        raise ConfigError(
            f"data set {where.dataset!r} has no embedded data, so its jobs need "
            "--source FILE, FOLDER or DATABASE URL"
        )
    trigger_of(root, where.dataset, cadence)
    own = _options(where.dataset, where.stack.name)
    read = (*own, *_source(source))
    look = ("--pipeline", "retraining", *read, "--trigger")
    return (
        Job(
            "deployment",
            EVERY_HOUR,
            ("--pipeline", "deployment", *own),
            "moves a running rollout on, or takes it back",
        ),
        Job(
            "batch_inference",
            EVERY_NIGHT,
            ("--pipeline", "batch_inference", *read),
            "scores every customer and hands over the target list",
        ),
        Job(
            "monitoring",
            AFTER_THE_NIGHT,
            ("--pipeline", "monitoring", *read),
            "says whether the model does harm; sends alarms",
        ),
        Job(
            "retraining",
            RETRAINING[cadence],
            (*look, cadence),
            f"trains again where its {cadence} trigger says so",
        ),
        *_harm(cadence, look),
    )


def _harm(cadence: str, look: tuple[str, ...]) -> tuple[Job, ...]:
    """Harm does not wait for the next week."""
    if cadence not in HARM_BETWEEN:
        return ()
    why = "trains again on the days between, if harm is shown"
    return (Job("retraining_on_harm", HARM_BETWEEN[cadence], (*look, "harm"), why),)


def _options(dataset: str, stack: str) -> tuple[str, ...]:
    named = () if dataset == DATASET else ("--dataset", dataset)
    return named if stack == STACK else (*named, "--stack", stack)


def _source(source: str | None) -> tuple[str, ...]:
    return () if source is None else ("--source", part_password(source)[0])


SECRETS = (
    f"Passwords and the webhook come from variables ({PASSWORD_VARIABLE}, "
    f"{CRM_PASSWORD}, {WEBHOOK}), keys from those that refer to them; never put one "
    "into a command"
)
PLACES = ("HOLDFAST_HOME", "ZENML_CONFIG_PATH")
"""Variables without which a job would look elsewhere, and find nothing live there."""
