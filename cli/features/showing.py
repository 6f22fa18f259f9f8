"""Print what features are: declared how, made of what, how good, used by whom."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from churn.dataset import Dataset, RawTable
from churn.errors import ConfigError, NotEnoughDataError
from churn.features.describe import Description, definition, describe
from churn.features.engine import DUCKDB
from churn.features.lineage import made_with
from churn.features.quality import Quality, quality
from cli.stacks.file import STORES, StackFile, load_stack
from cli.stacks.secrets import environment_of
from datasets.catalogue import load
from registry.database import PASSWORD_VARIABLE
from registry.errors import LedgerMissingError
from registry.features_used import versions_using
from registry.ledger import Ledger
from storage.feast_repository import export_repository
from storage.feature_table import FeatureTable

NOT_BUILT = (
    "no feature table yet; `python run.py --pipeline features` builds it, "
    "with --dataset and --source as for training"
)
ROW_IS_SNAPSHOT = "not stored: the rows of this data set are its snapshots"


@dataclass(frozen=True)
class Stored:
    """The newest date of the feature table and the values a feature has there."""

    date: str
    version: int
    quality: Quality


@dataclass(frozen=True)
class Use:
    """A model version that takes the feature, or another made with it."""

    version: str
    last_event: str
    at: str


def list_features(name: str, *, as_json: bool) -> None:
    """Print every feature of a data set, a line each."""
    dataset = load(name)
    rows = [
        {
            "name": feature.name,
            "unit": feature.unit,
            "kind": feature.kind,
            "in_model": feature.in_model,
            "meaning": feature.meaning,
            "definition": definition(feature),
        }
        for feature in dataset.features
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    names = [feature.name for feature in dataset.features]
    table = Table(box=None)
    # A name must come out whole, to be copied or searched for.
    table.add_column("feature", no_wrap=True, min_width=max(map(len, names)))
    for title in ("unit", "meaning", "definition"):
        table.add_column(title)
    for row in rows:
        mark = "" if row["in_model"] else " (not in the model)"
        cells = (row["name"], row["unit"], f"{row['meaning']}{mark}", row["definition"])
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)


def show_feature(
    root: Path, name: str, dataset: str, stack: str, *, as_json: bool
) -> None:
    """Print one feature whole."""
    declared = load(dataset)
    told = describe(declared, name, dialect=DUCKDB.dialect)
    place = load_stack(stack, root=root, environ=os.environ)
    environ = environment_of(place, os.environ)
    stored = _stored(declared, name, environ)
    uses = _uses(declared, name, place, environ)
    if as_json:
        document = asdict(told) | {
            "stored": None if stored is None else asdict(stored),
            "used_by": [asdict(use) for use in uses],
        }
        click.echo(json.dumps(document, indent=2))
        return
    _print(declared, told, stored, uses)


def _stored(dataset: Dataset, name: str, environ: Mapping[str, str]) -> Stored | None:
    if dataset.kind == "table":
        return None
    table = FeatureTable.of(dataset, environ=environ)
    dates = table.dates()
    if not dates or table.version is None:
        return None
    newest = max(dates)
    return Stored(str(newest), table.version, quality(table.read([newest])[name]))


def _uses(
    dataset: Dataset, name: str, stack: StackFile, environ: Mapping[str, str]
) -> list[Use]:
    password = environ.get(PASSWORD_VARIABLE)
    try:
        ledger = Ledger(environ[STORES["ledger"]], password=password, create=False)
    except LedgerMissingError:
        return []
    try:
        events = ledger.events(stack.model_name(dataset.name))
    finally:
        ledger.close()
    names = made_with(name, dataset.features)
    return [
        Use(e.version, e.kind, e.at.isoformat(timespec="seconds"))
        for e in versions_using(events, names)
    ]


def _print(
    dataset: Dataset, told: Description, stored: Stored | None, uses: list[Use]
) -> None:
    console = Console()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for title, text in _facts(dataset, told, stored, uses):
        grid.add_row(title, Text(text))
    console.print(grid)
    # A query must survive a narrow terminal, to be copied whole.
    console.print(Text(f"\n{told.sql}"), soft_wrap=True)


def _facts(
    dataset: Dataset, told: Description, stored: Stored | None, uses: list[Use]
) -> list[tuple[str, str]]:
    facts = [
        ("Feature", f"{told.name} ({told.unit})"),
        ("Meaning", told.meaning),
        ("Definition", told.definition),
        ("In the model", "yes" if told.in_model else "no"),
    ]
    facts += _titled(
        "Reads",
        [
            f"{table}.{column}: {contract(dataset.tables[table], column)}"
            for table, columns in told.columns.items()
            for column in columns
        ],
    )
    nothing = ROW_IS_SNAPSHOT if dataset.kind == "table" else NOT_BUILT
    facts.append(("Quality", nothing if stored is None else _quality_text(stored)))
    versions = [f"version {u.version}, {u.last_event} {u.at}" for u in uses]
    return facts + _titled("Used by", versions or ["no model version yet"])


def _titled(title: str, lines: list[str]) -> list[tuple[str, str]]:
    """The title beside the first line only."""
    return [("" if number else title, line) for number, line in enumerate(lines)]


def contract(table: RawTable, column: str) -> str:
    """What a good row's value is, as ``Int64, never missing, at least 1``."""
    if column not in table.schema.columns():
        return "added when the row was first read"
    declared = table.schema.columns()[column]
    low, high = (getattr(declared, bound, None) for bound in ("min", "max"))
    words = [
        type(declared.dtype).__name__,
        "may be missing" if declared.nullable else "never missing",
        *([] if low is None else [f"at least {low}"]),
        *([] if high is None else [f"at most {high}"]),
    ]
    return ", ".join(words)


def _quality_text(stored: Stored) -> str:
    found = stored.quality
    words = [f"{found.n_rows:,} customers on {stored.date} (version {stored.version})"]
    words.append(f"{found.missing_share:.1%} missing")
    if found.zero_share is not None:
        words.append(f"{found.zero_share:.1%} zero")
    words.append(f"{found.n_distinct:,} different values")
    if found.median is not None:
        words.append(f"{found.lowest:g} to {found.highest:g}, median {found.median:g}")
    if found.most_frequent is not None:
        words.append(f"mostly {found.most_frequent}")
    return "; ".join(words)


def export_features(root: Path, out: Path, dataset: str, stack: str) -> None:
    """Write the feature table as a repository for Feast."""
    declared = load(dataset)
    if declared.kind == "table":
        raise ConfigError(f"{dataset} has no feature table: {ROW_IS_SNAPSHOT}")
    place = load_stack(stack, root=root, environ=os.environ)
    table = FeatureTable.of(declared, environ=environment_of(place, os.environ))
    rows = table.read(table.dates())
    if rows.is_empty():
        raise NotEnoughDataError(NOT_BUILT)
    export_repository(declared, rows, out)
    click.echo(f"{len(rows):,} rows in {out}; there: feast apply, feast materialize")
