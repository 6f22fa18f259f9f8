"""`schedule show`: the jobs as a table, or as JSON."""

import shlex
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from cli.models.speaking import say
from cli.schedule.jobs import Job


def show_jobs(jobs: Sequence[Job], *, as_json: bool) -> None:
    """Print what runs when."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("job", "when (UTC)"):
        table.add_column(title, no_wrap=True)
    table.add_column("what for", overflow="fold")
    table.add_column("run.py", overflow="fold")
    for job in jobs:
        cells = (job.name, job.cron, job.why, shlex.join(job.words))
        table.add_row(*map(Text, cells))
    say(jobs, table, as_json=as_json)
