"""What the leak probes saw: what leaks, and what came nearest to a leak."""

from collections.abc import Sequence

from churn.evaluation.scorecard import PROBES, LeakReading, LeakReport
from churn.report.blocks import Block, Cell, Group, Mark, Prose, Section, Table
from churn.report.formats import bounds, number, plural, stated
from churn.report.inline import whisker
from churn.report.words import PROBES as PROBE_WORDS
from churn.report.words import spoken

LEAK = Mark("✕", "a leak", "bad")
NOT_PROBED = "This version was not probed for leaks."
NOTE = (
    "Of each probe, the features that leak, or else the one that comes nearest. A "
    "feature leaks when its whole interval lies above the bound."
)


def leak_section(report: LeakReport) -> Section:
    """Show for each probe which features leak, or which comes nearest to it."""
    if not report.readings:
        return Section("Leak probes", (Prose(text=NOT_PROBED),))
    blocks: tuple[Block, ...] = (_summary(report), _table(report))
    return Section("Leak probes", blocks)


def _summary(report: LeakReport) -> Prose:
    leaks = sorted({reading.feature for reading in report.readings if reading.is_leak})
    n_features = len({reading.feature for reading in report.readings})
    if leaks:
        return Prose(text=f"Leaks: {', '.join(leaks)}.", tone="bad")
    return Prose(text=f"No leak found in {plural(n_features, 'feature')}.")


def _table(report: LeakReport) -> Table:
    return Table(
        caption="What each probe saw",
        head=("Feature", "Observed", "Bound"),
        groups=tuple(_group(probe, report) for probe in PROBES),
        note=NOTE,
    )


def _group(probe: str, report: LeakReport) -> Group:
    label, asks = PROBE_WORDS[probe]
    name = f"{label}: {asks}"
    seen = [
        reading
        for reading in report.readings
        if reading.probe == probe and reading.observed.value is not None
    ]
    if seen:
        return Group(name, tuple(_row(reading) for reading in _shown(seen)))
    nothing = Cell(text=report.skipped.get(probe, "no feature that it could ask of"))
    return Group(name, ((nothing, Cell(text=""), Cell(text="")),))


def _shown(seen: Sequence[LeakReading]) -> list[LeakReading]:
    """All leaks, the clearest first; without any the nearest."""
    ranked = sorted(seen, key=lambda r: r.observed.low or 0.0, reverse=True)
    return [reading for reading in ranked if reading.is_leak] or [
        max(seen, key=lambda r: r.observed.value or 0.0)
    ]


def _row(reading: LeakReading) -> tuple[Cell, ...]:
    observed, bound = reading.observed, reading.bound
    return (
        Cell(
            text=reading.feature,
            detail=spoken(reading.sentence),
            mark=LEAK if reading.is_leak else None,
        ),
        Cell(
            text=number(observed.value, "score"),
            detail=bounds(observed, "score"),
            plot=whisker(observed, bound),
        ),
        Cell(text="none" if bound is None else stated(bound, "score")),
    )
