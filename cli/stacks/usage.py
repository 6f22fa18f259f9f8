"""Whether runs are going on in a stack: what they stand on must not change."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from churn.errors import ConfigError
from cli.stacks.file import StackFile

if TYPE_CHECKING:
    from uuid import UUID

    from zenml.client import Client

LONGEST_HOURS = 24
"""A run that began earlier has died: ZenML never hears of a process that was killed."""


def check_unused(
    client: "Client", stack_id: "UUID", stack: StackFile, command: str
) -> None:
    """Refuse while a run is going on.

    Raises
    ------
    ConfigError
    """
    since = datetime.now(UTC) - timedelta(hours=LONGEST_HOURS)
    runs = client.list_pipeline_runs(
        stack_id=stack_id, in_progress=True, created=f"gte:{since:%Y-%m-%d %H:%M:%S}"
    )
    if runs.total == 0:
        return
    others = f" and {runs.total - 1} more" if runs.total > 1 else ""
    raise ConfigError(
        f"the stack {stack.name} is in use by the run {runs.items[0].name}{others}; "
        "wait for its end, or change it under the run's feet with "
        f"`python run.py stacks {command} {stack.name} --force`"
    )
