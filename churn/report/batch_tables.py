"""Who was scored and listed, why, and how likely: tables with bars to compare."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from churn.batch.listed import (
    UPPER_BOUNDS,
    DaySummary,
    DecileCount,
    GroupCount,
    Listed,
    ReasonCount,
)
from churn.report.blocks import Block, Cell, Fold, Group, Prose, Section, Table
from churn.report.formats import number, readable, stated
from churn.report.inline import share_bar

MOST_REASONS = 12
LEFT_COUNTED = " Who has left already is counted as if they had not."
UNEXPLAINED = "Reasons were not asked for in this run."


def who_section(listed: Listed, *, n_left: int) -> Section:
    """Show the deciles, and the declared groups; ``n_left`` have left already."""
    blocks: list[Block] = [_deciles(listed.current)]
    if listed.groups:
        blocks.append(_groups(listed.groups, listed.current, n_left))
    return Section("Who they are", tuple(blocks))


def reason_section(listed: Listed) -> Section:
    """Show what speaks for leaving most often."""
    title, current = "Why they may leave", listed.current
    if not current.reasons:
        return Section(title, (Prose(text=UNEXPLAINED),))
    before = _shares(listed.before)
    rows = [_reason(one, current.n_explained, before) for one in current.reasons]
    head = ("Reason", "Listed customers", *_date_of(listed.before))
    first, rest = rows[:MOST_REASONS], rows[MOST_REASONS:]
    table = Table(
        caption="What raises the scores of the listed, by how many it is about",
        head=head,
        groups=(Group("", tuple(first)),),
        note="Up to three reasons a customer, so shares add up to more than all. A "
        "reason says what moved the score, which need not be what makes them leave.",
    )
    more = Table(caption="Others", head=head, groups=(Group("", tuple(rest)),))
    fold = Fold(summary=f"{len(rest)} more reasons", blocks=(more,))
    return Section(title, (table, fold) if rest else (table,))


def score_section(listed: Listed) -> Section:
    """Hold the distribution of the scores against that of the last run."""
    current, before = listed.current, listed.before
    largest = max(_greatest(current), 0.0 if before is None else _greatest(before))
    bounds = [0.0, *UPPER_BOUNDS]
    rows = []
    for place, (low, high) in enumerate(pairwise(bounds)):
        label = f"{stated(low, 'share')} to {stated(high, 'share')}"
        days = [current] if before is None else [current, before]
        cells = [_part(day.by_range[place], day.n, largest) for day in days]
        rows.append((Cell(text=label), *cells))
    table = Table(
        caption="Customers by probability of leaving",
        head=("Probability", "This run", *_date_of(before)),
        groups=(Group("", tuple(rows)),),
    )
    return Section("How likely they are to leave", (table,))


def _deciles(current: DaySummary) -> Table:
    return Table(
        caption="Deciles of all who were scored; 1 are the most likely to leave",
        head=("Decile", "Customers", "Mean probability", "On the list", "Net value"),
        groups=(Group("", tuple(_decile(one) for one in current.deciles)),),
        note="Net value is expected of the listed. Who is unlikely to leave is listed "
        "where much is at stake; who is likely to is not where little is.",
    )


def _decile(one: DecileCount) -> tuple[Cell, ...]:
    return (
        Cell(text=f"{one.decile}"),
        Cell(text=f"{one.n:,}"),
        Cell(text=number(one.mean_probability, "share")),
        _part(one.n_listed, one.n, 1.0),
        Cell(text=number(one.listed_net_value_eur, "eur")),
    )


def _groups(groups: Sequence[GroupCount], current: DaySummary, n_left: int) -> Table:
    named = groupby(groups, key=lambda one: one.name)
    return Table(
        caption="Groups, by how many of each are worth a contact",
        head=("Group", "Customers", "Mean probability", "Worth a contact", "Net value"),
        groups=tuple(
            Group(readable(name), tuple(_group(one, current) for one in same))
            for name, same in named
        ),
        note="Net value is expected of all who are worth a contact, listed or not."
        + (LEFT_COUNTED if n_left else ""),
    )


def _group(one: GroupCount, current: DaySummary) -> tuple[Cell, ...]:
    share = number(one.n / current.n, "share")
    return (
        Cell(text=one.group),
        Cell(text=f"{one.n:,}", detail=f"{share} of all"),
        Cell(text=number(one.mean_probability, "share")),
        _part(one.n_worth, one.n, 1.0),
        Cell(text=number(one.net_value_eur, "eur")),
    )


def _reason(one: ReasonCount, n: int, before: dict[str, float]) -> tuple[Cell, ...]:
    cells = (Cell(text=one.label), _part(one.n, n, 1.0))
    if not before:
        return cells
    share = before.get(one.label, 0.0)
    return (*cells, Cell(text=number(share, "share"), plot=share_bar(share)))


def _shares(before: DaySummary | None) -> dict[str, float]:
    if before is None:
        return {}
    return {one.label: one.n / before.n_explained for one in before.reasons}


def _date_of(before: DaySummary | None) -> tuple[str, ...]:
    return () if before is None else (f"On {before.snapshot_date}",)


def _greatest(day: DaySummary) -> float:
    return max(day.by_range) / day.n


def _part(n: int, of: int, largest: float) -> Cell:
    """A count with its share, the bar full where the share is the largest."""
    share = n / of if of else 0.0
    bar = share_bar(share / largest if largest else 0.0)
    return Cell(text=f"{n:,} ({number(share, 'share')})", plot=bar)
