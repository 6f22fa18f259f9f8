"""What the model is worth now: estimated, and by labels, beside its reference."""

from churn.evaluation.scorecard import Estimate
from churn.monitoring.alarms import in_sentences
from churn.monitoring.following import Labelling
from churn.monitoring.health import DecileResidual, Health, Measured, SliceHealth
from churn.report.blocks import (
    Block,
    Cell,
    Facts,
    Fold,
    Group,
    Mark,
    Note,
    Prose,
    Section,
    Table,
    Tile,
    Tiles,
)
from churn.report.formats import bounds, capital, estimated, number, plural
from churn.report.health_words import CHANCE_TODAY, days
from churn.report.inline import padded, whisker
from churn.report.words import in_order, metric

HEADLINE = ("roc_auc", "net_value_per_1000_eur", "recall", "churn_rate")
WORDS = (
    "Estimated: by the model's own probabilities. Weighted: by what became of "
    "customers with such scores when the model was made."
)
UNSURE = Mark("?", "not to be relied upon", "unsure")


def figure_section(health: Health) -> Section:
    """The few figures that matter: by labels where they are, and as estimated."""
    tiles = Tiles(items=tuple(_tile(name, health) for name in HEADLINE))
    blocks: list[Block] = [tiles, Prose(text=WORDS)]
    blocks += [
        Prose(text=in_sentences(f"Not to be relied upon: {why}"), tone="unsure")
        for why in health.estimated.cannot_know
    ]
    return Section("How sure are we?", tuple(blocks))


def _tile(name: str, health: Health) -> Tile:
    words, measured = metric(name), health.measured or health.early
    guess = health.estimated.confidence.get(name)
    found = measured.figures.get(name) if measured else None
    is_labelled = found is not None and found.value is not None
    shown = found if is_labelled else guess
    made = (
        measured.reference if measured and is_labelled else health.estimated.reference
    )
    notes = [
        Note("by labels" if is_labelled else "estimated", _interval(shown, words.form)),
        *(
            [Note("estimated", _text(guess, words.form), _doubt(health))]
            if is_labelled
            else []
        ),
        Note("weighted", _text(health.estimated.importance.get(name), words.form)),
        Note("when made", _text(made.get(name), words.form)),
    ]
    return Tile(
        label=words.label,
        value=_text(shown, words.form),
        detail=_from(measured if is_labelled else None),
        notes=tuple(notes),
    )


def _doubt(health: Health) -> Mark | None:
    return UNSURE if health.estimated.cannot_know else None


def _from(measured: Measured | None) -> str:
    if measured is None:
        return "without labels"
    early = ", early labels corrected" if measured.is_corrected else ""
    return f"scores of {days(measured.first_day, measured.last_day)}{early}"


def _interval(figure: Estimate | None, form: str) -> str:
    known = figure is not None and figure.low is not None
    return bounds(figure, form) if known else "no interval"  # type: ignore[arg-type]


def _text(figure: Estimate | None, form: str) -> str:
    return number(figure.value if figure else None, form)  # type: ignore[arg-type]


def label_section(health: Health, labelling: Labelling) -> Section:
    """What the labels say, beside what was expected."""
    told = ", ".join(labelling.sources) or "nobody"
    facts = Facts(
        items=(
            ("Told by", told),
            (
                "Outcomes known",
                f"{labelling.n_known:,} of {plural(labelling.n_scores, 'score')}",
            ),
        )
    )
    blocks: list[Block] = [facts]
    for name, found in (
        ("Matured labels", health.measured),
        ("Early labels", health.early),
    ):
        if found is not None:
            blocks.append(_measured_table(name, found))
    if health.measured is not None and health.measured.residuals:
        blocks.append(_residual_table(health.measured.residuals))
    if health.measured is None and health.early is None:
        blocks.append(Prose(text="No labels have matured, so nothing is measured yet."))
    return Section("What the labels say", tuple(blocks))


def _measured_table(name: str, found: Measured) -> Table:
    head = ["Figure", "now", "95%"]
    head += ["as if all others stay"] if found.is_corrected else []
    rows = tuple(
        _measured_row(key, found)
        for key in in_order(found.figures)
        if found.figures[key].value is not None
    )
    note = (
        "Early labels are mostly those of churners; the figures allow for those still "
        "to come."
        if found.is_corrected
        else ""
    )
    return Table(
        caption=f"{name}: {plural(found.n, 'score')} of "
        f"{days(found.first_day, found.last_day)}, {found.n_churners:,} of customers "
        "who left",
        head=(*head, "when made"),
        groups=(Group("", rows),),
        note=note,
    )


def _measured_row(key: str, found: Measured) -> tuple[Cell, ...]:
    words, figure = metric(key), found.figures[key]
    cells = [
        Cell(text=words.label),
        Cell(text=number(figure.value, words.form)),
        Cell(text=_interval(figure, words.form)),
    ]
    if found.is_corrected:
        cells.append(Cell(text=_text(found.naive.get(key), words.form)))
    return (*cells, Cell(text=_text(found.reference.get(key), words.form)))


def _residual_table(residuals: tuple[DecileResidual, ...]) -> Table:
    ends = [
        v
        for r in residuals
        for v in (r.expected, r.found.low, r.found.high)
        if v is not None
    ]
    span = padded([0.0, *ends])
    rows = tuple(
        (
            Cell(text=str(one.decile)),
            Cell(text=f"{one.n:,}"),
            Cell(text=number(one.expected, "share")),
            Cell(
                text=estimated(one.found, "share"),
                plot=whisker(one.found, one.expected, span),
            ),
        )
        for one in residuals
    )
    return Table(
        caption="Expected and found, by tenth of the scores",
        head=("Tenth", "scores", "expected to leave", "left"),
        groups=(Group("", rows),),
        note="The line marks what was expected. All on one side of it: the model is "
        "wrong about how many leave, whatever it says about who.",
    )


def slice_section(health: Health) -> Section:
    """The ranking in each group of customers."""
    if not health.slices:
        return Section("Groups", ())
    names = list(dict.fromkeys(one.name for one in health.slices))
    groups = tuple(
        Group(
            capital(name.replace("_", " ")),
            tuple(_slice_row(one) for one in health.slices if one.name == name),
        )
        for name in names
    )
    table = Table(
        caption="ROC-AUC by group",
        head=("Group", "scores", "by labels", "estimated", "when made"),
        groups=groups,
        note=CHANCE_TODAY,
    )
    return Section(
        "Groups", (Fold(summary=plural(len(health.slices), "group"), blocks=(table,)),)
    )


def _slice_row(one: SliceHealth) -> tuple[Cell, ...]:
    return (
        Cell(text=one.group),
        Cell(text=f"{one.n:,}"),
        Cell(text=_with_bounds(one.measured_roc_auc)),
        Cell(text=_with_bounds(one.estimated_roc_auc)),
        Cell(text=_text(one.reference_roc_auc, "score")),
    )


def _with_bounds(figure: Estimate | None) -> str:
    if figure is None or figure.value is None:
        return "unknown"
    return estimated(figure, "score")
