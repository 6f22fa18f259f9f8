"""What changed: day by day, and feature by feature. It explains, and alarms nobody."""

from collections.abc import Sequence
from datetime import date

from churn.evaluation.scorecard import CurvePoint, Estimate
from churn.monitoring.drift import Distances, FeatureDrift
from churn.monitoring.health import DayFigures, Health, QualityFinding
from churn.report.axes import Scale
from churn.report.blocks import (
    Block,
    Cell,
    Chart,
    Charts,
    Fold,
    Group,
    Mark,
    Prose,
    Section,
    Table,
)
from churn.report.charts import Reference, line_chart
from churn.report.formats import number, plural, readable, signed
from churn.report.health_words import CHANCE_TODAY
from churn.report.inline import share_bar
from churn.report.svg import Words

MOVED = Mark("▲", "more than chance and more than tolerated", "unsure")
MOST_SHOWN = 12
MOST_DRAWN = 4
BEFORE = Scale("days before the last", "count")


def change_section(health: Health) -> Section:
    """How the model fared day by day."""
    trend = health.trend
    blocks: list[Block] = []
    # A line needs two ends.
    if len(trend) > 1:
        made = health.estimated.reference.get("roc_auc")
        charts = [
            _auc("ROC-AUC, estimated", trend, "estimated_roc_auc", made),
            _volume(trend),
            _mean(trend),
        ]
        if sum(day.measured_roc_auc is not None for day in trend) > 1:
            known = (
                health.measured.reference.get("roc_auc") if health.measured else None
            )
            charts.insert(
                1, _auc("ROC-AUC, measured", trend, "measured_roc_auc", known)
            )
        blocks.append(Charts(items=tuple(charts)))
    if health.quality:
        fold = Fold(
            summary=f"{plural(len(health.quality), 'finding')} in the data",
            blocks=(_quality_table(health.quality),),
        )
        blocks.append(fold)
    return Section("What changed?", tuple(blocks))


def _quality_table(findings: Sequence[QualityFinding]) -> Table:
    rows = tuple(
        (
            Cell(text=readable(one.name), detail=_detail(one)),
            Cell(text=f"{one.n:,}"),
            Cell(text=number(one.share, "share") if one.share is not None else ""),
        )
        for one in findings
    )
    return Table(
        caption="What is unusual in the rows that were scored",
        head=("Finding", "values", "of the rows"),
        groups=(Group("", rows),),
        note="Compared with the training, where each feature was seen within a range, "
        "in some categories, and never or sometimes missing.",
    )


def _detail(one: QualityFinding) -> str:
    """The sentence, unless it only says the name again."""
    return "" if one.sentence.startswith(one.name) else one.sentence


def drift_section(health: Health) -> Section:
    """The features, the most changed first."""
    drifts = [*([health.score_drift] if health.score_drift else []), *health.drift]
    if not drifts:
        return Section("Drift", ())
    ordered = sorted(drifts, key=_by_size)
    n_moved = sum(one.is_significant for one in drifts)
    prose = Prose(
        text=(
            f"{plural(len(drifts), 'distribution')} beside those of the training data; "
            f"{n_moved or 'none'} changed more than chance "
            "explains and more than is tolerated. Drift alone is no harm."
        )
    )
    shown, rest = ordered[:MOST_SHOWN], ordered[MOST_SHOWN:]
    blocks: list[Block] = [prose, _drift_table("Drift, the largest first", shown)]
    if rest:
        table = _drift_table("The others", rest)
        blocks.append(Fold(summary=f"{len(rest)} more", blocks=(table,)))
    blocks += [
        Fold(summary=f"{_named(one)}: then and now", blocks=(_bins(one),))
        for one in [one for one in ordered if one.distances][:MOST_DRAWN]
    ]
    return Section("Drift", tuple(blocks))


def _by_size(one: FeatureDrift) -> tuple[bool, float, str]:
    size = one.distances.psi_corrected if one.distances else float("-inf")
    return (not one.is_significant, -size, one.name)


def _drift_table(caption: str, drifts: Sequence[FeatureDrift]) -> Table:
    return Table(
        caption=caption,
        head=("Feature", "PSI", "KS", "Jensen-Shannon", "missing", "new categories"),
        groups=(Group("", tuple(_drift_row(one) for one in drifts)),),
        note="PSI less what chance alone adds, with its standard error. Missing and "
        "new categories: then to now.",
    )


def _drift_row(one: FeatureDrift) -> tuple[Cell, ...]:
    name = Cell(text=_named(one), mark=MOVED if one.is_significant else None)
    found = one.distances
    if found is None:
        few = Cell(text="too few rows")
        return (name, few, *(Cell(text="") for _ in range(4)))
    return (
        name,
        Cell(
            text=number(found.psi_corrected, "loss"),
            detail=f"± {number(found.psi_standard_error, 'loss')}",
        ),
        Cell(text="" if found.ks is None else number(found.ks, "score")),
        Cell(text=number(found.jensen_shannon, "score")),
        Cell(text=_then_now(found.reference_missing_rate, found.missing_rate)),
        Cell(text=_new(found)),
    )


def _new(found: Distances) -> str:
    then, current = found.reference_new_category_share, found.new_category_share
    return _then_now(then, current) if then or current else ""


def _then_now(then: float, current: float) -> str:
    if not then and not current:
        return "none"
    return f"{number(then, 'share')} to {number(current, 'share')}"


def _bins(one: FeatureDrift) -> Table:
    rows = tuple(
        (
            Cell(text=label),
            Cell(text=number(then, "share"), plot=share_bar(then)),
            Cell(text=number(current, "share"), plot=share_bar(current)),
            Cell(text=signed(current - then, "share")),
        )
        for label, then, current in zip(
            one.bins, one.reference_shares, one.shares, strict=True
        )
    )
    return Table(
        caption=f"{_named(one)}: {one.n_reference:,} rows then, {one.n:,} now",
        head=("Values", "then", "now", "change"),
        groups=(Group("", rows),),
    )


def _named(one: FeatureDrift) -> str:
    return "the score" if one.name == "(score)" else one.name


def _auc(
    title: str, trend: Sequence[DayFigures], name: str, made: Estimate | None
) -> Chart:
    last = trend[-1].day
    points = [
        CurvePoint(_before(day.day, last), one.value, one.low, one.high, one.n)
        for day in trend
        if (one := getattr(day, name)) is not None and one.value is not None
    ]
    level = None if made is None or made.value is None else made.value
    drawing = line_chart(
        points,
        Words(title, f"{title} of each day with its 95% interval."),
        (BEFORE, Scale("ROC-AUC", "score")),
        level=None if level is None else Reference(level, "when made"),
    )
    return Chart(caption=title, drawing=drawing, note=CHANCE_TODAY)


def _volume(trend: Sequence[DayFigures]) -> Chart:
    last = trend[-1].day
    points = [
        CurvePoint(_before(day.day, last), float(day.n_scored), None, None, 0)
        for day in trend
    ]
    drawing = line_chart(
        points,
        Words("Scores a day", "How many customers were scored each day."),
        (BEFORE, Scale("scores", "count")),
        # From nothing up: what fell by a tenth must not look like all of it.
        level=Reference(0.0, ""),
    )
    return Chart(caption="Scores a day", drawing=drawing, note="")


def _mean(trend: Sequence[DayFigures]) -> Chart:
    last = trend[-1].day
    points = [
        CurvePoint(_before(day.day, last), day.mean_probability, None, None, 0)
        for day in trend
        if day.mean_probability is not None
    ]
    drawing = line_chart(
        points,
        Words("Mean probability", "The mean probability of churn of each day."),
        (BEFORE, Scale("mean probability", "share")),
    )
    return Chart(caption="Mean probability", drawing=drawing, note="")


def _before(day: date, last: date) -> float:
    return float((day - last).days)
