"""The tables that runs and commands share: facts with labels, gates with outcomes."""

from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text

from churn.gates.decision import GateResult

MARKS = {
    "passed": ("pass", "green"),
    "failed": ("FAIL", "red"),
    "skipped": ("skip", "dim"),
}
UNDECIDED = ("open", "yellow")
WAITING = ("wait", "yellow")
REFUSING = ("FAIL", "red")


def facts_table(facts: Mapping[str, str]) -> Table:
    """Labels with a text each."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts.items():
        grid.add_row(name, Text(value))
    return grid


def gates_table(gates: Iterable[GateResult], *, is_rollout: bool = False) -> Table:
    """Each gate with its outcome.

    An open one that blocks reads like a failed one, where a decision is final; in a
    rollout it is waited for.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for gate in gates:
        mark, style = MARKS.get(gate.outcome, UNDECIDED)
        if gate.outcome == "undecided" and gate.blocks:
            mark, style = WAITING if is_rollout else REFUSING
        table.add_row(Text(mark, style=style), gate.name, Text(gate.sentence))
    return table
