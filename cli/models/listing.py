"""`models list`: the versions that fit, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from rich.table import Table
from rich.text import Text

from churn.errors import UsageError
from churn.evaluation.scorecard import Estimate
from churn.naming import suggestion
from churn.report.formats import number
from cli.models.condition import Condition, parse_condition
from cli.models.place import Place
from cli.models.speaking import say, when
from registry.measured import figures, tags
from registry.versions import Stage, Version, versions

STAGES = get_args(Stage)
SHOWN = ("roc_auc", "net_value_per_1000_eur", "ece")
STYLES = {"production": "green", "staging": "yellow", "refused": "red"}


@dataclass(frozen=True)
class Wanted:
    """What to list; nothing given: everything."""

    stage: str | None
    tag: str | None
    metrics: tuple[str, ...]
    search: str | None


def list_versions(place: Place, wanted: Wanted, *, as_json: bool) -> None:
    """Print the versions that fit."""
    every = versions(place.events())
    measured = {version.version_id: figures(version) for version in every}
    conditions = _conditions(wanted, measured)
    found = [
        version
        for version in reversed(every)
        if _fits(version, wanted)
        and all(c.holds(measured[version.version_id]) for c in conditions)
    ]
    rows = [_row(version, measured[version.version_id]) for version in found]
    say(rows, _table(rows, conditions), as_json=as_json)


def _conditions(
    wanted: Wanted, measured: Mapping[str, Mapping[str, Estimate]]
) -> list[Condition]:
    if wanted.stage is not None and wanted.stage not in STAGES:
        near = suggestion(wanted.stage, STAGES)
        raise UsageError(f"--stage: unknown stage {wanted.stage!r}; {near}")
    known = {name for one in measured.values() for name in one}
    return [parse_condition(text, known) for text in wanted.metrics]


def _fits(version: Version, wanted: Wanted) -> bool:
    return (
        wanted.stage in (None, version.stage)
        and (wanted.tag is None or wanted.tag in tags(version))
        and (wanted.search is None or _holds(version, wanted.search))
    )


def _holds(version: Version, text: str) -> bool:
    """Whether any word of the version's history holds a text, whatever its case."""
    told = msgspec.json.encode(version).decode()
    return text.casefold() in told.casefold()


def _row(version: Version, measured: Mapping[str, Estimate]) -> dict[str, Any]:
    return {
        "version": version.version,
        "stage": version.stage,
        "tags": tags(version),
        "registered_at": version.events[0].at,
        "run": version.lineage.run,
        "reason": version.last.reason,
        "figures": measured,
    }


def _table(rows: Sequence[Mapping[str, Any]], conditions: list[Condition]) -> Table:
    names = dict.fromkeys([*SHOWN, *(c.metric for c in conditions)])
    table = Table(box=None)
    table.add_column("version", justify="right", no_wrap=True)
    for title in ("stage", "registered"):
        table.add_column(title, no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("tags", overflow="fold")
    for row in rows:
        table.add_row(
            row["version"],
            Text(row["stage"], style=STYLES.get(row["stage"], "")),
            when(row["registered_at"]),
            *(_figure(row["figures"].get(name), name) for name in names),
            Text(" ".join(row["tags"])),
        )
    return table


def _figure(figure: Estimate | None, name: str) -> str:
    """The value alone, so that a version stays one line; `show` has the intervals."""
    if figure is None:
        return ""
    return number(figure.value, "eur" if name.endswith("_eur") else "score")
