"""The end of a look at a model, in a terminal: the answer first."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from churn.monitoring.alarms import Notice, in_sentences, said_of
from churn.report.formats import capital, estimated, number, plural
from churn.report.health_words import name_of
from churn.report.words import metric
from cli.hints import Hints
from cli.outcome import Monitored
from cli.tables import facts_table

STYLES = {"healthy": "green", "harmed": "red"}
FIGURES = ("roc_auc", "recall", "net_value_per_1000_eur")


def monitoring_shown(outcome: Monitored, hints: Hints) -> Iterator[RenderableType]:
    """What was looked at, the verdict with every alarm, and who was told."""
    health, alerted = outcome.health, outcome.alerted
    yield facts_table(_looked_at(outcome))
    yield Text()
    style = STYLES.get(health.verdict, "yellow")
    verdict = Text(health.verdict.replace("_", " "), style=f"bold {style}")
    lines = [Text(hints.whole(in_sentences(health.sentence)))]
    for harm in health.alarms:
        said = f"{name_of(harm.name)}: {said_of(harm, health)}"
        lines.append(Text(hints.whole(said)))
    yield Panel(Group(verdict, *lines), border_style=style, expand=False)
    for notice in alerted.told:
        yield Text(f"told: {_line(notice)}")
    held = ", ".join(name_of(name) for name in alerted.held_back)
    facts = {"Held back": held} if held else {}
    facts |= {capital(name): did for name, did in alerted.channels.items()}
    yield facts_table(facts | _notes(outcome))
    yield Text()


def _looked_at(outcome: Monitored) -> dict[str, str]:
    health, labelling = outcome.health, outcome.labelling
    told = ", ".join(labelling.sources) or "nobody"
    return {
        "Version": f"{health.version}, as of {health.as_of}",
        "Scores": f"{health.n_scored:,} of about "
        f"{plural(health.n_customers, 'customer')}, {health.first_day} to "
        f"{health.last_day}",
        "Labels": f"{labelling.n_known:,} known of {labelling.n_scores:,} followed; "
        f"told by {told}",
        **{metric(name).label: _figure(name, outcome) for name in FIGURES},
    }


def _figure(name: str, outcome: Monitored) -> str:
    """By labels where they are, and as estimated without."""
    health, form = outcome.health, metric(name).form
    parts, made = [], health.estimated.reference.get(name)
    if health.measured is not None and name in health.measured.figures:
        parts.append(f"{estimated(health.measured.figures[name], form)} by labels")
        made = health.measured.reference.get(name)
    if health.early is not None and name in health.early.figures:
        early = estimated(health.early.figures[name], form)
        parts.append(f"{early} by early labels, corrected")
        made = made if health.measured else health.early.reference.get(name)
    guess = health.estimated.confidence.get(name)
    doubt = ", not to be relied upon" if health.estimated.cannot_know else ""
    parts.append(f"{estimated(guess, form)} estimated{doubt}")
    parts.append(f"{number(made.value if made else None, form)} when made")
    return "; ".join(parts)


def _notes(outcome: Monitored) -> dict[str, str]:
    notes = "; ".join(outcome.health.notes)
    told = {"Left out": notes} if notes else {}
    if outcome.labelling.n_quarantined:
        told["Quarantine"] = outcome.label_quarantine
    return told


def _line(notice: Notice) -> str:
    return f"{notice.occasion}, {name_of(notice.name)}: {in_sentences(notice.what)}"
