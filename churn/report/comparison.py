"""The model beside its opponents on the same test rows, and its curves."""

from dataclasses import replace

from churn.evaluation.scorecard import Estimate, Opponent, Scorecard
from churn.report.axes import Scale
from churn.report.blocks import (
    Block,
    Cell,
    Chart,
    Charts,
    Facts,
    Fold,
    Group,
    Prose,
    Section,
    Table,
)
from churn.report.charts import Bar, Reference, bars, line_chart, reliability_diagram
from churn.report.formats import bounds, capital, estimated, inner, number, readable
from churn.report.outcome import advantage
from churn.report.svg import Words
from churn.report.words import (
    DIRECTION,
    OPPONENTS,
    in_order,
    metric,
    opponent_label,
)

MAIN = (
    "roc_auc",
    "log_loss",
    "ece",
    "top_decile_lift",
    "high_value_recall",
    "contact_rate",
    "net_value_per_1000_eur",
)
CHARTED = ("roc_auc", "net_value_per_1000_eur")
LEGEND = (
    "Small figures are 95% intervals. Of paired differences on the same rows: "
    "▲ the model is better, ▼ the model is worse, ≈ the interval includes zero."
)


def comparison_section(card: Scorecard) -> Section:
    """Show the model's figures beside champion, baselines and oracle."""
    every = in_order(
        {*card.figures, *(n for o in card.opponents.values() for n in o.figures)}
    )
    main = [name for name in every if name in MAIN]
    blocks: list[Block] = [
        _table("This model beside its opponents, same test rows", main, card),
        *_same_bundle(card),
        *_gain_charts(card),
        Fold(
            summary=f"All {len(every)} figures, and what they mean",
            blocks=(
                _table("All figures of model and opponents", every, card),
                _meanings(every),
            ),
        ),
        Facts(items=_definitions(card)),
    ]
    return Section("Beside its opponents", tuple(blocks))


def curve_section(card: Scorecard) -> Section:
    """Draw calibration, lift and profit."""
    return Section(
        "Calibration, lift and profit",
        (Charts(items=(_reliability(card), _lift(card), _profit(card))),),
    )


def in_sequence(card: Scorecard) -> list[Opponent]:
    """Opponents as a reader expects them: champion, baselines, oracle."""
    known = list(OPPONENTS)
    last = known.index("oracle")
    place = {name: i for i, name in enumerate(known)}
    names = sorted(card.opponents, key=lambda n: (place.get(n, last - 0.5), n))
    return [card.opponents[name] for name in names]


def figure_cell(figure: Estimate | None, name: str) -> Cell:
    """Write a figure with its interval below; absent and undefined in words."""
    if figure is None:
        return Cell(text="does not apply")
    form = metric(name).form
    if figure.value is None:
        return Cell(text=number(None, form))
    return Cell(text=number(figure.value, form), detail=bounds(figure, form))


def _table(caption: str, names: list[str], card: Scorecard) -> Table:
    opponents = in_sequence(card)
    labels = [opponent_label(opponent.name) for opponent in opponents]
    rows = tuple(
        (
            Cell(text=metric(name).label, detail=DIRECTION[metric(name).better]),
            figure_cell(card.figures.get(name), name),
            *(_rival_cell(opponent, name) for opponent in opponents),
        )
        for name in names
    )
    return Table(
        caption=caption,
        head=("Figure", "This model", *labels),
        groups=(Group("", rows),),
        note=LEGEND,
    )


def _rival_cell(opponent: Opponent, name: str) -> Cell:
    cell = figure_cell(opponent.figures.get(name), name)
    return replace(cell, mark=advantage(opponent, name))


def _same_bundle(card: Scorecard) -> tuple[Block, ...]:
    if not card.champion_is_same_bundle:
        return ()
    text = "The champion is this very bundle: both give every customer the same score."
    return (Prose(text=text, tone="unsure"),)


def _gain_charts(card: Scorecard) -> tuple[Block, ...]:
    charts = [_gains(name, card) for name in CHARTED if name in card.figures]
    return (Charts(items=tuple(charts)),) if charts and card.opponents else ()


def _gains(name: str, card: Scorecard) -> Chart:
    words = metric(name)
    items = [
        Bar(opponent_label(o.name), _signed(gain, name), gain)
        for o in in_sequence(card)
        if (gain := o.gains.get(name)) is not None
    ]
    title = f"Gain in {inner(words.label)}"
    spoken = "; ".join(f"over {bar.label}: {bar.text}" for bar in items)
    return Chart(
        caption=title,
        drawing=bars(items, Words(title, spoken)),
        note="Model minus opponent on the same rows; right of the line is better.",
    )


def _signed(gain: Estimate, name: str) -> str:
    plus = "+" if gain.value is not None and gain.value > 0 else ""
    return plus + estimated(gain, metric(name).form)


def _meanings(names: list[str]) -> Facts:
    return Facts(
        items=tuple(
            (metric(name).label, metric(name).meaning)
            for name in names
            if metric(name).meaning
        )
    )


def _definitions(card: Scorecard) -> tuple[tuple[str, str], ...]:
    opponents = (
        (opponent_label(o.name), capital(o.description)) for o in in_sequence(card)
    )
    words = ((readable(name), capital(text)) for name, text in card.definitions.items())
    return (*words, *opponents)


def _reliability(card: Scorecard) -> Chart:
    spoken = "; ".join(
        f"predicted {number(p.x, 'share')}, observed {number(p.y, 'share')}"
        for p in card.reliability
    )
    return Chart(
        caption="Are the probabilities right?",
        drawing=reliability_diagram(card.reliability, Words("Reliability", spoken)),
        note="Each dot is a bin of customers with its interval; on the dashed line "
        "prediction and outcome agree.",
    )


def _lift(card: Scorecard) -> Chart:
    spoken = "; ".join(
        f"top {number(p.x, 'share')}: {number(p.y, 'ratio')}" for p in card.lift[9::10]
    )
    return Chart(
        caption="How much better than at random?",
        drawing=line_chart(
            card.lift,
            Words("Lift", spoken),
            (
                Scale("share of customers, riskiest first", "share"),
                Scale("churn rate relative to all", "ratio"),
            ),
            level=Reference(1.0, "at random"),
        ),
        note="Churn rate among the customers ranked highest, relative to all.",
    )


def _profit(card: Scorecard) -> Chart:
    rate = card.figures.get("contact_rate")
    at = None
    if rate is not None and rate.value is not None:
        at = Reference(rate.value, f"the decision: {number(rate.value, 'share')}")
    spoken = "; ".join(
        f"contacting {number(p.x, 'share')}: {number(p.y, 'eur')}"
        for p in card.profit[9::10]
    )
    return Chart(
        caption="How many to contact?",
        drawing=line_chart(
            card.profit,
            Words("Profit", spoken),
            (
                Scale("share contacted, most worthwhile first", "share"),
                Scale("EUR per 1,000 customers", "eur"),
            ),
            level=Reference(0.0, "contact nobody"),
            at=at,
        ),
        note="Net value of contacting that share; the right end is everybody.",
    )
