"""Counts the days of the prediction log into profiles, those that lack rows only.

The log is counted in parts, by when its rows were logged; each part of a day is kept by
itself and they are merged when read. A part whose rows are all counted is left alone,
so a day is counted again only when more of it arrives.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import polars as pl
from numpy.typing import NDArray

from churn.dataset import Dataset
from churn.monitoring.counting import DayRows, profile_day
from churn.monitoring.day import DayProfile
from churn.monitoring.documents import day_document, read_day
from churn.monitoring.outcomes import SLICE, slice_groups
from churn.monitoring.reference import Reference
from churn.scoring.bundle import Bundle
from storage.daily import DailyDocuments
from storage.predictions.history import with_values
from storage.predictions.tables import VALUES
from storage.served import CUSTOMER, SCORED_ON, Period, ServedLog

LOG: Final = "log"
READ = (VALUES, "customer_value", "probability", "is_contacted", "failed")
TYPES: Mapping[str, pl.DataType] = {"number": pl.Float64(), "category": pl.String()}


@dataclass(frozen=True)
class Counted:
    """What was counted: parts anew, and rows of versions whose bundle is gone."""

    n_parts: int
    n_rows: int
    n_uncounted: int


def count_log(
    log: ServedLog,
    table: DailyDocuments,
    dataset: Dataset,
    bundle_of: Callable[[str], Bundle | None],
    period: Period,
    *,
    now: datetime,
) -> Counted:
    """Bring the profiles of the log's days up to date.

    Parameters
    ----------
    bundle_of : callable
        The bundle of a version, verified; None if it is gone.

    Raises
    ------
    TableError
    """
    kept = table.read(period.first, period.last)
    sizes = {
        (one.day, one.key): read_day(one.document).n
        for one in kept
        if one.key.startswith(f"{LOG}:")
    }
    done: Counter[str] = Counter()
    for logged in log.parts(period.first):
        for day, version in _lacking(log.part(logged, period), logged, sizes):
            bundle, of_day = bundle_of(version), Period(day, day)
            rows = log.part(logged, of_day, READ).filter(version=version)
            if bundle is None:
                done["uncounted"] += len(rows)
                continue
            profile = _counted(rows, dataset, bundle, log.model, day)
            documents = {key_of(version, logged): day_document(profile)}
            table.put(day, documents, written_at=now)
            done.update(parts=1, rows=len(rows))
    return Counted(done["parts"], done["rows"], done["uncounted"])


def profile_table(model: str, *, environ: Mapping[str, str]) -> DailyDocuments:
    """Where the profiles of a model's days are kept, of batches and of the log."""
    return DailyDocuments.of(f"profiles/{model}", environ=environ)


def is_of(key: str, version: str) -> bool:
    """Whether a profile is kept under a key of a version.

    >>> is_of("batch:1", "1"), is_of("log:1:2025-11-13", "1"), is_of("batch:12", "1")
    (True, True, False)
    """
    return key.split(":")[1] == version


def key_of(version: str, logged: date) -> str:
    """Under which a part of a day is kept, for example ``log:12:2025-11-13``."""
    return f"{LOG}:{version}:{logged}"


def _lacking(
    rows: pl.DataFrame, logged: date, sizes: Mapping[tuple[date, str], int]
) -> list[tuple[date, str]]:
    """Days and versions of a part of which not all rows are counted."""
    found = rows.group_by(SCORED_ON, "version").len().sort(SCORED_ON, "version")
    return [
        (day, version)
        for day, version, n in found.rows()
        if sizes.get((day, key_of(version, logged))) != n
    ]


def _counted(
    rows: pl.DataFrame, dataset: Dataset, bundle: Bundle, model: str, day: date
) -> DayProfile:
    kinds = {f["name"]: TYPES[f["kind"]] for f in bundle.manifest["features"]}
    told = with_values(rows, kinds)
    groups, _ = slice_groups(dataset, told)
    return profile_day(
        DayRows(
            columns={name: _column(told[name]) for name in kinds},
            probability=told["probability"].to_numpy(),
            customer_value=told["customer_value"]
            .fill_null(bundle.median_customer_value_eur or 0.0)
            .to_numpy(),
            is_contacted=told["is_contacted"].to_numpy(),
            customers=told[CUSTOMER].to_list(),
            slices={n.removeprefix(SLICE): groups[n].to_list() for n in groups.columns},
        ),
        Reference.of(bundle),
        day=day,
        source=LOG,
        model=model,
        version=str(rows["version"][0]),
        # The log names customers by a keyed hash already, where a key is.
        key=b"",
        found={"failed": told["failed"].count()},
    )


def _column(values: pl.Series) -> NDArray[Any]:
    """As the graph takes it: NaN or an empty text where nobody knows."""
    if values.dtype == pl.String:
        return values.fill_null("").to_numpy().astype(object)
    return values.cast(pl.Float32).fill_null(float("nan")).to_numpy()
