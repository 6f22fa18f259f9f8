"""`models card`: a version's scorecard as Markdown, for a summary or a comment."""

from collections.abc import Sequence

import click

from churn.evaluation.scorecard import Estimate
from churn.gates.decision import Decision, GateResult
from churn.report.formats import bounds, number, plural
from churn.report.words import in_order, kind_label, metric
from cli import markdown
from cli.hints import Hints
from cli.models.place import Place
from cli.models.speaking import when
from registry.event import Event
from registry.measured import decision, figures
from registry.page import origin
from registry.versions import Version, find, versions

OUTCOMES = {"passed": "pass", "failed": "FAIL", "skipped": "skip"}
# What is to be done about an approved version, by where it stands.
NEXT = {
    "staging": "`models promote {}`",
    "rollout": "`--pipeline deployment` brings its rollout on",
    "waiting": "waits until the running rollout has ended",
    "overtaken": "held against a champion that is live no more: train again",
}


def show_card(place: Place, name: str | None) -> None:
    """Print the card of a version; none named: of the newest, the candidate."""
    events = place.events()
    version = versions(events)[-1] if name is None else find(events, name)
    click.echo(card(version, place.dataset, place.hints))


def card(version: Version, dataset: str, hints: Hints) -> str:
    """What a person must know of a version to approve it or not."""
    found = decision(version.event("decided"))
    parts = [
        f"### {markdown.plain(_title(version, dataset, found))}",
        *_sentences(version, found, hints),
        *([] if found is None else [_gates(found.gates)]),
        *_figures(figures(version)),
        markdown.folded("Where it came from", _origin(version)),
        markdown.folded("What happened to it", _history(version.events)),
    ]
    return "\n\n".join(parts)


def _title(version: Version, dataset: str, found: Decision | None) -> str:
    became = "never decided upon"
    if found is not None:
        became = "approved" if found.approved else "refused"
    where = "" if version.stage == became else f", {version.stage}"
    return f"Version {version.version} of {dataset}: {became}{where}"


def _sentences(version: Version, found: Decision | None, hints: Hints) -> list[str]:
    told = []
    if found is not None:
        against = version.compared_with
        held = f"held against version {against}" if against else "there is no champion"
        told.append(markdown.plain(f"Policy {found.policy}, {found.reason}; {held}."))
    step = NEXT.get(_stands(version))
    if step is not None:
        told.append(f"Next: {hints.whole(step.format(version.version))}.")
    return told


def _stands(version: Version) -> str:
    moves = [e.kind for e in version.events if e.kind in ("staged", "rollout")]
    is_begun = version.stage == "staging" and moves[-1:] == ["rollout"]
    return "rollout" if is_begun else version.stage


def _gates(gates: Sequence[GateResult]) -> str:
    rows = [(gate.name, _outcome(gate), gate.sentence) for gate in gates]
    return markdown.table(("gate", "outcome", "found"), rows)


def _outcome(gate: GateResult) -> str:
    undecided = "FAIL (undecided)" if gate.blocks else "open"
    return OUTCOMES.get(gate.outcome, undecided)


def _figures(measured: dict[str, Estimate]) -> list[str]:
    if not measured:
        return []
    titles = ("on its own test rows", "value", "95 %", "rows")
    return [
        markdown.table(titles, (_row(name, measured) for name in in_order(measured)))
    ]


def _row(name: str, measured: dict[str, Estimate]) -> tuple[str, ...]:
    words, figure = metric(name), measured[name]
    interval = "" if figure.value is None else bounds(figure, words.form)
    return words.label, number(figure.value, words.form), interval, f"{figure.n:,}"


def _origin(version: Version) -> str:
    made = version.evidence("registered")
    known = {
        "registered (UTC)": when(version.events[0].at),
        "model": kind_label(str(made.get("kind", ""))),
        "features": plural(len(version.features), "feature"),
        **origin(version.last),
    }
    return markdown.table(("what", "which"), known.items())


def _history(events: Sequence[Event]) -> str:
    rows = [(when(e.at), e.kind, e.actor, e.reason) for e in events]
    return markdown.table(("at (UTC)", "what", "who", "why"), rows)
