"""Every night's scores of one model: who may leave, what a contact is worth, and why.

A date is a partition and is replaced by one commit: whoever reads meanwhile, or after
a run was killed, finds the date as it was. Other dates are not touched, whichever runs
last. Of two runs of a date at once one wins whole; the other says so.

Customers who could not be scored stand in a table beside it, each with its reason and
the run's ``scored_at``: of a run whose scores were never committed nothing shows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
from deltalake import (
    DeltaTable,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError

from churn.batch.record import CONTACT, SCORES, Origin
from storage.delta import (
    check_columns,
    columns_of,
    open_or_make,
    rows_of,
    tables_url,
    told,
)

DATE, RANK, SCORED_AT = "snapshot_date", "rank", "scored_at"
INSTANT = pl.Datetime("us", "UTC")
ORIGIN: Mapping[str, pl.DataType] = {
    "model_version": pl.String(),
    "bundle_sha256": pl.String(),
    "feature_version": pl.String(),
    "data_version": pl.String(),
    SCORED_AT: INSTANT,
}
SCHEMA: Mapping[str, pl.DataType] = {DATE: pl.Date(), **SCORES, **ORIGIN}
QUARANTINE: Mapping[str, pl.DataType] = {
    DATE: pl.Date(),
    "customer_id": pl.String(),
    "reason": pl.String(),
    SCORED_AT: INSTANT,
}

FILE_BYTES = 256 << 20
"""Of a Parquet file, so that a date is one file or a few."""

KEPT_HOURS = 7 * 24
WAY_OUT = "restore it, or delete it and score the dates again"


@dataclass(frozen=True, kw_only=True)
class ScoreSummary:
    """What the scores of a date come to."""

    snapshot_date: date
    origin: Origin
    n_scored: int
    n_quarantined: int
    n_contacted: int
    n_listed: int
    mean_probability: float
    listed_net_value_eur: float


class ScoreTable:
    """One model's scores, as of the newest version when it was opened.

    What ``write`` replaces is what was there then: a run opens it before it reads.
    """

    def __init__(
        self, url: str, quarantine_url: str, environ: Mapping[str, str]
    ) -> None:
        self.url, self.quarantine_url = url, quarantine_url
        self._environ = environ
        self._table = self._opened(url, SCHEMA, RANK)

    @classmethod
    def of(cls, model: str, *, environ: Mapping[str, str]) -> Self:
        """The model's table in the stack's store.

        Raises
        ------
        ConfigError, TableError
            If the stack names no tables, or this one has other columns.
        """
        tables = tables_url(environ)
        return cls(
            f"{tables}/scores/{model}", f"{tables}/scores_quarantine/{model}", environ
        )

    @property
    def version(self) -> int:
        """Number of the version; 0 has no rows."""
        return int(self._table.version())

    def dates(self) -> tuple[date, ...]:
        """The dates that have scores, the oldest first."""
        actions = pa.table(self._table.get_add_actions(flatten=True))
        days = set(actions[f"partition.{DATE}"].to_pylist())
        return tuple(sorted(days))

    def read(self, day: date, columns: Sequence[str] = tuple(SCHEMA)) -> pl.DataFrame:
        """The rows of a date, sorted by customer; none where it was never scored."""
        asked = dict.fromkeys(["customer_id", *columns])
        with told(self.url, WAY_OUT):
            rows = rows_of(self._table, list(asked), [(DATE, "=", day)])
        return rows.sort("customer_id").select(columns)

    def listed(self, day: date) -> pl.DataFrame:
        """The target list of a date with all columns, the first to contact first."""
        among = [(DATE, "=", day), (RANK, ">", 0)]
        with told(self.url, WAY_OUT):
            rows = rows_of(self._table, list(SCHEMA), among)
        return rows.sort(RANK)

    def quarantined(self, day: date) -> pl.DataFrame:
        """``customer_id`` and ``reason`` of who could not be scored on a date."""
        runs = self.read(day, [SCORED_AT])[SCORED_AT].unique()
        table = self._opened(self.quarantine_url, QUARANTINE, DATE)
        with told(self.quarantine_url, WAY_OUT):
            rows = rows_of(table, list(QUARANTINE), [(DATE, "=", day)])
        kept = rows.filter(pl.col(SCORED_AT).is_in(runs.implode()))
        return kept.select("customer_id", "reason").sort("customer_id", "reason")

    def summary(self, day: date) -> ScoreSummary | None:
        """What a date's scores come to; None where it was never scored."""
        rows = self.read(
            day,
            ["probability", "decision", RANK, "expected_net_value_eur", *ORIGIN],
        )
        if rows.is_empty():
            return None
        listed = rows.filter(pl.col(RANK) > 0)
        return ScoreSummary(
            snapshot_date=day,
            origin=Origin(**rows.select(*ORIGIN).row(0, named=True)),
            n_scored=len(rows),
            n_quarantined=len(self.quarantined(day)),
            n_contacted=int((rows["decision"] == CONTACT).sum()),
            n_listed=len(listed),
            mean_probability=float(rows.select(pl.mean("probability")).item()),
            listed_net_value_eur=float(listed["expected_net_value_eur"].sum()),
        )

    def write(
        self,
        day: date,
        chunks: Iterable[pl.DataFrame],
        origin: Origin,
        quarantined: pl.DataFrame,
    ) -> None:
        """Make these the scores of a date, in one commit.

        Parameters
        ----------
        chunks : iterable of DataFrame
            The columns of ``SCORES``, in parts of which at least one has rows.
        quarantined : DataFrame
            ``customer_id`` and ``reason`` of the date's other customers.

        Raises
        ------
        TableError
            If it cannot be written, or another run wrote the date meanwhile; of this
            run nothing shows then.
        """
        self._set_aside(day, quarantined, origin)
        with told(self.url, WAY_OUT):
            self._commit(day, (_stamped(part, day, origin) for part in chunks))
        self._table = self._opened(self.url, SCHEMA, RANK)
        self._tidy(day, origin)

    def _commit(self, day: date, chunks: Iterator[pl.DataFrame]) -> None:
        schema = pl.DataFrame(schema=SCHEMA).to_arrow(compat_level=OLDEST).schema
        batches = (
            batch
            for part in chunks
            for batch in part.to_arrow(compat_level=OLDEST).to_batches()
        )
        write_deltalake(
            self._table,
            pa.RecordBatchReader.from_batches(schema, batches),
            mode="overwrite",
            predicate=f"{DATE} = '{day}'",
            target_file_size=FILE_BYTES,
            writer_properties=WriterProperties(compression="ZSTD"),
        )

    def _set_aside(self, day: date, rows: pl.DataFrame, origin: Origin) -> None:
        if rows.is_empty():
            return
        table = self._opened(self.quarantine_url, QUARANTINE, DATE)
        told_of = rows.with_columns(
            pl.lit(day).alias(DATE),
            pl.lit(origin.scored_at, dtype=INSTANT).alias(SCORED_AT),
        )
        with told(self.quarantine_url, WAY_OUT):
            write_deltalake(
                table,
                told_of.select(*QUARANTINE).to_arrow(compat_level=OLDEST),
                mode="append",
            )

    def _tidy(self, day: date, origin: Origin) -> None:
        """Remove what earlier runs of the date set aside, and files long replaced."""
        quarantine = self._opened(self.quarantine_url, QUARANTINE, DATE)
        earlier = f"{SCORED_AT} < '{origin.scored_at.isoformat()}'"
        with told(self.quarantine_url, WAY_OUT):
            _quietly_delete(quarantine, f"{DATE} = '{day}' AND {earlier}")
        for table in (self._table, quarantine):
            with told(table.table_uri, WAY_OUT):
                # Files of a run that was killed stand in no version: hence full.
                table.vacuum(retention_hours=KEPT_HOURS, dry_run=False, full=True)

    def _opened(
        self, url: str, schema: Mapping[str, pl.DataType], bounds: str
    ) -> DeltaTable:
        table = open_or_make(
            url,
            schema,
            partition_by=DATE,
            bounds=(bounds,),
            environ=self._environ,
            way_out=WAY_OUT,
        )
        check_columns(url, schema, columns_of(table))
        return table


OLDEST = pl.CompatLevel.oldest()
"""Text as polars hands it over is of a type that no filter compares."""


def _stamped(part: pl.DataFrame, day: date, origin: Origin) -> pl.DataFrame:
    """The rows with what is the same for all of them."""
    same = {DATE: day} | {name: getattr(origin, name) for name in ORIGIN}
    return part.with_columns(
        pl.lit(value, dtype=SCHEMA[name]).alias(name) for name, value in same.items()
    ).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _quietly_delete(table: DeltaTable, where: str) -> None:
    try:
        table.delete(where)
    except CommitFailedError:
        # Another run wrote meanwhile; its own end removes the rows, and none shows.
        return
