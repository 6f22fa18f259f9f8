import io
from pathlib import Path

from rich.console import Console

from cli.outcome import Failure
from cli.summary import show_failure


def test_the_cause_of_a_failure_stays_one_line_however_long():
    console = Console(file=io.StringIO(), width=40)
    cause = "expected a column named [plan], " + "found another; " * 10 + "rename it"

    show_failure(console, Failure("run", "load_tables", cause, Path("run.log")))

    assert console.file.getvalue() == (
        f"failed in step load_tables: {cause}\nlog: run.log\n"
    )
