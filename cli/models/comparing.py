"""`models compare`: two versions on the same rows, and what they were made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from churn.errors import HoldfastError, UsageError
from churn.evaluation.rivals import CHAMPION
from churn.evaluation.scorecard import Estimate, Scorecard
from churn.evaluation.versus import versus
from churn.report.formats import UNDEFINED, Format, bounds, number, signed
from churn.report.words import in_order, metric
from cli.models.place import Place
from cli.models.rederive import read_evidence
from cli.models.speaking import say
from cli.models.stored import read_bundle, read_split
from datasets.catalogue import load
from registry.versions import Version, find

ABSENT = "no"


@dataclass(frozen=True)
class Compared:
    """Both versions, older first; ``card`` measures the newer beside the older.

    ``problem`` says why there is no card.
    """

    older: Version
    newer: Version
    card: Scorecard | None
    problem: str


def compare_versions(place: Place, names: tuple[str, str], *, as_json: bool) -> None:
    """Score the newer version's test rows with both, and tell how they differ."""
    events = place.events()
    older, newer = sorted(
        (find(events, name) for name in names), key=lambda v: v.events[0].sequence
    )
    if older == newer:
        raise UsageError(f"version {names[0]} twice; give two versions to compare")
    found = _measured(place, older, newer)
    differing = differences(older, newer)
    say(_document(found, differing), _shown(found, differing), as_json=as_json)


def _measured(place: Place, older: Version, newer: Version) -> Compared:
    """With what is still there: the ledger alone knows no rows."""
    try:
        card = _card(place, older, newer)
    except HoldfastError as error:
        return Compared(older, newer, None, str(error))
    return Compared(older, newer, card, "")


def _card(place: Place, older: Version, newer: Version) -> Scorecard:
    return versus(
        read_split(place, newer).test,
        read_bundle(place, newer.lineage, trusted=None),
        read_bundle(place, older.lineage, trusted=None),
        load(place.dataset).features,
        read_evidence(place, newer).plan,
    )


def differences(older: Version, newer: Version) -> dict[str, tuple[str, str]]:
    """What the two were made of, where it is not the same."""
    before, after = _made_of(older), _made_of(newer)
    return {
        name: (before.get(name, ABSENT), after.get(name, ABSENT))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    }


def _made_of(version: Version) -> dict[str, str]:
    made, lineage = version.evidence("registered"), version.lineage
    parameters = made.get("parameters") or {}
    features = dict.fromkeys((f"feature {name}" for name in version.features), "yes")
    return {
        "kind": str(made.get("kind", "")),
        **{f"parameter {name}": str(value) for name, value in parameters.items()},
        "data": lineage.data_sha256,
        "configuration": lineage.configuration_sha256,
        "commit": lineage.git_commit,
        "bundle": lineage.bundle_sha256,
        **features,
    }


def _document(
    found: Compared, differing: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    paired = _paired(found)
    return {
        "older": found.older.version,
        "newer": found.newer.version,
        "figures": {
            name: {"older": before, "newer": after, "gain": gain}
            for name, (before, after, gain) in paired.items()
        },
        "problem": found.problem or None,
        "differences": {
            name: {"older": one, "newer": other}
            for name, (one, other) in differing.items()
        },
    }


def _paired(
    found: Compared,
) -> dict[str, tuple[Estimate | None, Estimate, Estimate | None]]:
    """Each figure of the older and the newer, and the gain from one to the other."""
    if found.card is None:
        return {}
    older = found.card.opponents[CHAMPION]
    return {
        name: (older.figures.get(name), figure, older.gains.get(name))
        for name, figure in found.card.figures.items()
    }


def _shown(found: Compared, differing: Mapping[str, tuple[str, str]]) -> Group:
    if found.problem:
        return Group(
            Text(f"no paired differences: {found.problem}", style="yellow"),
            Text(),
            _differing(found, differing),
        )
    return Group(_figures(found), Text(), _differing(found, differing))


def _figures(found: Compared) -> Table:
    paired = _paired(found)
    table = Table(box=None)
    table.add_column("on the newer's test rows")
    for version in (found.older, found.newer):
        table.add_column(f"version {version.version}", justify="right")
    table.add_column("gain", justify="right")
    for name in in_order(paired):
        form = metric(name).form
        before, after, gain = paired[name]
        cells = (_cell(before, form), _cell(after, form), _cell(gain, form, gain=True))
        table.add_row(metric(name).label, *cells)
    return table


def _cell(figure: Estimate | None, form: Format, *, gain: bool = False) -> Text:
    """A figure above its interval.

    A positive gain is better; one is coloured whose interval is on one side of zero.
    """
    if figure is None or figure.value is None:
        return Text("" if figure is None else UNDEFINED)
    value = signed(figure.value, form) if gain else number(figure.value, form)
    return Text.assemble(
        (value, _side(figure) if gain else ""), (f"\n{bounds(figure, form)}", "dim")
    )


def _side(gain: Estimate) -> str:
    if gain.low is not None and gain.low > 0:
        return "bold green"
    return "bold red" if gain.high is not None and gain.high < 0 else ""


def _differing(found: Compared, differing: Mapping[str, tuple[str, str]]) -> Table:
    table = Table(box=None)
    table.add_column("made of" if differing else "made of the same")
    for version in (found.older, found.newer):
        table.add_column(f"version {version.version}", overflow="fold")
    for name, (one, other) in differing.items():
        table.add_row(Text(name), Text(one), Text(other))
    return table
