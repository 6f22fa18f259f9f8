"""Feature rows as a repository that Feast applies and serves; Feast is not imported.

A row is what our rule gives at a snapshot, so at a snapshot Feast gives our values, to
the bit, offline and online. Elsewhere its answers mean something else (Feast 0.67):

==============================  =========================  ==========================
Asked for                       Feast                      Here
==============================  =========================  ==========================
a time between snapshots        the last snapshot's row    computed for that time
a customer no longer one        the last row there is      no row on later dates
no snapshot yet, or nobody      every value missing        counts and sums of nothing
a row that became known later   counts from its event on   counts once it was known
a value that grew too old       is served, ttl or not      missing, with a reason
a batch older than the served   replaces the newer         leaves the newer
==============================  =========================  ==========================

``get_historical_features(filter_by_created_timestamp=True)`` mends rows that became
known later; in what is exported both times are the snapshot, so it changes nothing.
"""

import tempfile
from functools import cache
from pathlib import Path

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from churn.dataset import Dataset
from churn.errors import ConfigError, DataError, NotEnoughDataError
from churn.features.build import EXPIRES_AT
from churn.features.latest import expiry
from churn.naming import suggestion

SETTINGS = "feature_store.yaml"
DEFINITIONS = "definitions.py"
DATA = "data/features.parquet"

MARK = "# Written by Holdfast; exporting again replaces it.\n"
# Feast's other local offline store, "file", drops rows asked for twice or too early,
# makes floats of integers, and sorts rows of the same time in no certain order.
SETTINGS_TEXT = """\
project: {project}
provider: local
registry: data/registry.db
offline_store:
  type: duckdb
online_store:
  type: sqlite
  path: data/online_store.db
entity_key_serialization_version: 3
"""

KEYS = ("customer_id", "snapshot_date")
FEAST_TYPES = {pl.Int64(): "Int64", pl.Float64(): "Float64", pl.String(): "String"}
INSTANT = pl.Datetime("us", "UTC")


def export_repository(dataset: Dataset, rows: pl.DataFrame, out: Path) -> None:
    """Write the repository, or replace what was exported there before.

    What Feast itself keeps in the folder (its registry, its online store) stays.

    Parameters
    ----------
    rows : DataFrame
        ``customer_id``, ``snapshot_date``, the data set's features and the instant
        ``<name>__expires_at`` of those with a time to live; each key once.
    out : Path
        The folder. A new one appears whole or not at all; of an earlier export each
        file is replaced whole, the rows first.

    Raises
    ------
    ConfigError
        If the folder holds something else, or cannot be written.
    DataError
        If the rows are not those of the data set's features.
    """
    _check(dataset, rows)
    _refuse_others(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{out.name}.", dir=out.parent
        ) as folder:
            draft = Path(folder) / out.name
            _write(dataset, rows, draft)
            _put(draft, out)
    except OSError as error:
        raise ConfigError(
            f"{out} cannot be written: {error.strerror or error}; choose another folder"
        ) from None


def _check(dataset: Dataset, rows: pl.DataFrame) -> None:
    features = [feature.name for feature in dataset.features]
    for name in (*KEYS, *features):
        if name not in rows.columns:
            near = suggestion(name, rows.columns)
            raise DataError(f"rows to export: there is no column {name}; {near}")
    allowed: dict[str, tuple[pl.DataType, ...]] = {
        **dict.fromkeys(features, tuple(FEAST_TYPES)),
        **dict.fromkeys([f"{name}{EXPIRES_AT}" for name in features], (INSTANT,)),
        "customer_id": (pl.String(),),
        "snapshot_date": (pl.Date(),),
    }
    for name, dtype in rows.schema.items():
        if dtype not in allowed.get(name, ()):
            raise DataError(
                f"rows to export: expected the features of {dataset.name}, found "
                f"column {name} as {dtype}; build the features again"
            )
    _check_keys(rows.select(KEYS))


def _check_keys(keys: pl.DataFrame) -> None:
    if keys.is_empty():
        raise NotEnoughDataError("rows to export: expected at least one, found none")
    if sum(keys.null_count().row(0)):
        raise DataError("rows to export: a row lacks its customer or date; drop it")
    several = len(keys) - keys.n_unique()
    if several:
        raise DataError(
            "rows to export: expected each customer once a date, found "
            f"{several} more; drop the duplicates"
        )


def _refuse_others(out: Path) -> None:
    """Leave alone whatever was not written by an export, an empty folder excepted."""
    settings = out / SETTINGS
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not settings.is_file() or not settings.read_bytes().startswith(MARK.encode()):
        raise ConfigError(
            f"{out} exists and is no feature repository of Holdfast; choose another "
            "folder or remove it"
        )


def _write(dataset: Dataset, rows: pl.DataFrame, draft: Path) -> None:
    (draft / DATA).parent.mkdir(parents=True)
    _exported(dataset, rows).write_parquet(draft / DATA)
    (draft / DEFINITIONS).write_text(_definitions(dataset, rows), encoding="utf-8")
    settings = MARK + SETTINGS_TEXT.format(project=dataset.name)
    (draft / SETTINGS).write_text(settings, encoding="utf-8")


def _put(draft: Path, out: Path) -> None:
    """Move a new folder whole; of one that Feast may be using, file by file."""
    if not (out / SETTINGS).exists():
        draft.rename(out)
        return
    for name in (DATA, DEFINITIONS, SETTINGS):
        (out / name).parent.mkdir(exist_ok=True)
        (draft / name).replace(out / name)


def _exported(dataset: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with Feast's two times, and expiries as integers.

    What Feast serves of an instant is cut to seconds.
    """
    snapshot = pl.col("snapshot_date").cast(INSTANT)
    return rows.select(
        "customer_id",
        snapshot.alias("event_time"),
        snapshot.alias("known_at"),
        *(feature.name for feature in dataset.features),
        *(
            pl.col(f"{name}{EXPIRES_AT}").dt.epoch("us").alias(expiry(name))
            for name in _expiring(dataset, rows)
        ),
    ).sort("event_time", "customer_id")


def _expiring(dataset: Dataset, rows: pl.DataFrame) -> list[str]:
    names = [feature.name for feature in dataset.features]
    return [name for name in names if f"{name}{EXPIRES_AT}" in rows.columns]


def _definitions(dataset: Dataset, rows: pl.DataFrame) -> str:
    return _template().render(
        dataset=dataset,
        data=DATA,
        types={f.name: FEAST_TYPES[rows.schema[f.name]] for f in dataset.features},
        expiries={name: expiry(name) for name in _expiring(dataset, rows)},
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("storage", package_path="."),
        autoescape=False,  # noqa: S701 (Python, not HTML; texts become literals)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["literal"] = repr
    return environment.get_template("feast_definitions.py.j2")
