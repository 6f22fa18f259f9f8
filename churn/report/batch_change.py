"""What is new since the last run: the list, and who scored."""

from churn.batch.listed import DaySummary, ListChange, Listed
from churn.report.batch_list import moved
from churn.report.blocks import Block, Cell, Group, Prose, Section, Table
from churn.report.formats import plural

TITLE = "What is new"
FIRST = "This is the first run: there is nothing to compare it with."


def change_section(listed: Listed) -> Section:
    """Say who joined and who left the list, and whether another version scored."""
    if listed.before is None or listed.change is None:
        return Section(TITLE, (Prose(text=FIRST),))
    blocks: list[Block] = [_table(listed.before, listed.change)]
    if listed.before.model_version != listed.current.model_version:
        blocks.insert(0, Prose(text=_versions(listed, listed.before), tone="unsure"))
    return Section(TITLE, tuple(blocks))


def _versions(listed: Listed, before: DaySummary) -> str:
    return (
        f"Version {listed.current.model_version} scored this run, version "
        f"{before.model_version} the one of {before.snapshot_date}: what changed may "
        "be the customers, the model, or both."
    )


def _table(before: DaySummary, change: ListChange) -> Table:
    rows = (
        ("stayed on the list", change.n_stayed, ""),
        ("joined it", change.n_joined, _of(change.n_new, "not scored before")),
        ("left it", change.n_left, _of(change.n_gone, "not scored any more")),
    )
    move = "" if change.mean_move is None else _move(change.n_both, change.mean_move)
    return Table(
        caption=f"The list beside that of {before.snapshot_date}",
        head=("Who", "Customers"),
        groups=(
            Group(
                "",
                tuple(
                    (Cell(text=t, detail=d), Cell(text=f"{n:,}")) for t, n, d in rows
                ),
            ),
        ),
        note=move,
    )


def _of(n: int, words: str) -> str:
    return f"{n:,} of them {words}" if n else ""


def _move(n_both: int, mean_move: float) -> str:
    return (
        f"{plural(n_both, 'customer')} scored both times; their mean probability of "
        f"leaving: {moved(mean_move)}."
    )
