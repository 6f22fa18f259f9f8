"""The same figures for each declared group, and where the model is weaker."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from churn.evaluation.scorecard import Estimate, Scorecard, Slice
from churn.report.blocks import Block, Cell, Fold, Group, Mark, Prose, Section, Table
from churn.report.comparison import figure_cell
from churn.report.formats import number, readable
from churn.report.inline import padded, whisker
from churn.report.words import DIRECTION, in_order, metric

Span = tuple[float, float] | None
SHOWN = ("roc_auc", "ece", "recall", "net_value_per_1000_eur")
WEAKER = Mark("▼", "worse than all customers", "bad")
LEGEND = (
    "The vertical line is the figure of all customers. ▼ the group's whole interval is "
    "on its worse side; among many groups a few will be by chance."
)


def slice_section(card: Scorecard) -> Section:
    """Show each group beside all customers."""
    if not card.slices:
        return Section("Slices", (Prose(text="No slice has figures of its own."),))
    every = in_order({name for one in card.slices for name in one.figures})
    blocks: list[Block] = [_overview([n for n in every if n in SHOWN], card)]
    if not set(every) <= set(SHOWN):
        tables = tuple(
            _details(name, tuple(same), every, card) for name, same in _by_name(card)
        )
        blocks.append(
            Fold(summary=f"All {len(every)} figures of each group", blocks=tables)
        )
    return Section("Slices", tuple(blocks))


def _by_name(card: Scorecard) -> Iterator[tuple[str, Iterator[Slice]]]:
    return groupby(card.slices, key=lambda one: one.name)


def _overview(names: list[str], card: Scorecard) -> Table:
    spans = {name: _span(name, card) for name in names}
    groups = [
        Group(readable(name), tuple(_row(one, spans, card) for one in same))
        for name, same in _by_name(card)
    ]
    return Table(
        caption="The model within each group",
        head=("Group", "Snapshots", *(metric(name).label for name in names)),
        groups=tuple(groups),
        note=LEGEND,
    )


def _details(
    name: str, same: tuple[Slice, ...], figures: list[str], card: Scorecard
) -> Table:
    rows = tuple(
        (
            Cell(text=metric(figure).label, detail=DIRECTION[metric(figure).better]),
            *(_cell(one, figure, card) for one in same),
        )
        for figure in figures
    )
    return Table(
        caption=f"{readable(name)}: all figures of each group",
        head=("Figure", *(one.group for one in same)),
        groups=(Group("", rows),),
    )


def _span(name: str, card: Scorecard) -> Span:
    """One scale for a figure in all groups."""
    figures = [s.figures[name] for s in card.slices if name in s.figures]
    overall = card.figures.get(name)
    if overall is not None:
        figures.append(overall)
    ends = [v for f in figures for v in (f.value, f.low, f.high) if v is not None]
    return padded(ends) if ends else None


def _row(one: Slice, spans: Mapping[str, Span], card: Scorecard) -> tuple[Cell, ...]:
    rate = number(one.n_churners / one.n_rows if one.n_rows else None, "share")
    cells = [
        replace(
            _cell(one, name, card),
            plot=whisker(one.figures.get(name), _overall(name, card), span),
        )
        for name, span in spans.items()
    ]
    size = Cell(text=f"{one.n_rows:,}", detail=f"{rate} churned")
    return (Cell(text=one.group), size, *cells)


def _cell(one: Slice, name: str, card: Scorecard) -> Cell:
    figure = one.figures.get(name)
    weaker = _weaker(figure, _overall(name, card), name)
    return replace(figure_cell(figure, name), mark=WEAKER if weaker else None)


def _overall(name: str, card: Scorecard) -> float | None:
    figure = card.figures.get(name)
    return figure.value if figure else None


def _weaker(figure: Estimate | None, reference: float | None, name: str) -> bool:
    if figure is None or figure.low is None or figure.high is None or reference is None:
        return False
    match metric(name).better:
        case "higher":
            return figure.high < reference
        case "lower":
            return figure.low > reference
        case _:
            return False
