"""`models show`: everything the ledger holds about one version."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from churn.evaluation.scorecard import Estimate
from churn.report.formats import bounds, number
from churn.report.words import in_order, kind_label, metric
from cli.models.place import Place
from cli.models.speaking import decided, say, when
from cli.tables import facts_table
from registry.event import Event
from registry.measured import decision, figures, tags
from registry.page import happened, origin
from registry.versions import Version, find


def show_version(place: Place, name: str, *, as_json: bool) -> None:
    """Print one version whole."""
    version = find(place.events(), name)
    document = {
        "version": version.version,
        "stage": version.stage,
        "tags": tags(version),
        "compared_with": version.compared_with,
        "approvers": version.approvers,
        "lineage": version.lineage,
        "registered": version.evidence("registered"),
        "figures": figures(version),
        "decision": decision(version.event("decided")),
        "events": [told(event) for event in version.events],
    }
    say(document, _shown(version), as_json=as_json)


def told(event: Event) -> dict[str, Any]:
    """An event without what is told elsewhere."""
    return {
        "sequence": event.sequence,
        "at": event.at,
        "kind": event.kind,
        "version": event.version,
        "actor": event.actor,
        "reason": event.reason,
        "override": bool(event.evidence.get("override")),
        **({"to": event.evidence["to"]} if event.kind == "rollout" else {}),
    }


def _shown(version: Version) -> Group:
    found = decision(version.event("decided"))
    return Group(
        facts_table(_facts(version)),
        Text(),
        figure_table(figures(version)),
        Text(),
        "never decided upon" if found is None else decided(found),
        Text(),
        event_table(version.events),
    )


def _facts(version: Version) -> dict[str, str]:
    made = version.evidence("registered")
    parameters = made.get("parameters") or {}
    known = {
        "version": f"{version.version}, {version.stage}",
        "tags": " ".join(tags(version)),
        "model": kind_label(str(made.get("kind", ""))),
        "parameters": ", ".join(f"{k} {v}" for k, v in parameters.items()),
        "features": " ".join(version.features),
        "held against": version.compared_with or "no champion",
        "approved by": ", ".join(version.approvers),
        **origin(version.last),
    }
    return {label.capitalize(): text for label, text in known.items() if text}


def figure_table(measured: Mapping[str, Estimate]) -> Table:
    """Every measurement with its interval and the rows it rests on."""
    table = Table(box=None)
    table.add_column("on its own test rows")
    for title in ("value", "95 %", "rows"):
        table.add_column(title, justify="right")
    for name in in_order(measured):
        words, figure = metric(name), measured[name]
        interval = "" if figure.value is None else bounds(figure, words.form)
        value = number(figure.value, words.form)
        table.add_row(words.label, value, interval, f"{figure.n:,}")
    return table


def event_table(events: Iterable[Event]) -> Table:
    """What happened, a line an event."""
    table = Table(box=None)
    table.add_column("event", justify="right")
    for title in ("at (UTC)", "what", "who"):
        table.add_column(title, no_wrap=True)
    table.add_column("why", overflow="fold")
    for event in events:
        mark = " (override)" if event.evidence.get("override") else ""
        what = f"{happened(event)}{mark}"
        cells = (f"{event.sequence}", when(event.at), what, event.actor, event.reason)
        table.add_row(*map(Text, cells))
    return table
