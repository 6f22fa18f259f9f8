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
from deltalake import DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

from churn.batch.record import SCORES, Origin
from storage.delta import (
    Filters,
    check_columns,
    columns_of,
    open_or_make,
    open_table,
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


@dataclass(frozen=True)
class _Place:
    """Where rows of a schema stand; ``bounds`` is the column its log may tell of."""

    url: str
    schema: Mapping[str, pl.DataType]
    bounds: str
    environ: Mapping[str, str]

    def opened(self) -> DeltaTable | None:
        """The newest version; None where nobody has written yet."""
        table = open_table(self.url, WAY_OUT)
        if table is not None:
            check_columns(self.url, self.schema, columns_of(table))
        return table

    def made(self) -> DeltaTable:
        """The newest version, made without rows where there is none."""
        table = open_or_make(
            self.url,
            self.schema,
            partition_by=DATE,
            bounds=(self.bounds,),
            environ=self.environ,
            way_out=WAY_OUT,
        )
        check_columns(self.url, self.schema, columns_of(table))
        return table

    def rows(
        self, table: DeltaTable | None, columns: Sequence[str], among: Filters
    ) -> pl.DataFrame:
        """The rows of a version that meet the filters."""
        if table is None:
            return pl.DataFrame(schema=self.schema).select(columns)
        with told(self.url, WAY_OUT):
            return rows_of(table, columns, among)


class ScoreTable:
    """One model's scores, as of the newest version when it was opened.

    What ``write`` replaces is what was there then: a run opens it before it reads.
    Only ``write`` makes a table that is not there yet.
    """

    def __init__(
        self, url: str, quarantine_url: str, environ: Mapping[str, str]
    ) -> None:
        self.url, self.quarantine_url = url, quarantine_url
        self._scores = _Place(url, SCHEMA, RANK, environ)
        self._aside = _Place(quarantine_url, QUARANTINE, DATE, environ)
        self._table = self._scores.opened()

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
        return 0 if self._table is None else int(self._table.version())

    def dates(self) -> tuple[date, ...]:
        """The dates that have scores, the oldest first."""
        if self._table is None:
            return ()
        actions = pa.table(self._table.get_add_actions(flatten=True))
        days = set(actions[f"partition.{DATE}"].to_pylist())
        return tuple(sorted(days))

    def read(self, day: date, columns: Sequence[str] = tuple(SCHEMA)) -> pl.DataFrame:
        """The rows of a date, sorted by customer; none where it was never scored."""
        asked = list(dict.fromkeys(["customer_id", *columns]))
        rows = self._scores.rows(self._table, asked, [(DATE, "=", day)])
        return rows.sort("customer_id").select(columns)

    def listed(self, day: date) -> pl.DataFrame:
        """The target list of a date with all columns, the first to contact first."""
        among = [(DATE, "=", day), (RANK, ">", 0)]
        return self._scores.rows(self._table, tuple(SCHEMA), among).sort(RANK)

    def quarantined(self, day: date) -> pl.DataFrame:
        """``customer_id`` and ``reason`` of who could not be scored on a date."""
        runs = self.read(day, [SCORED_AT])[SCORED_AT].unique()
        table = self._aside.opened()
        rows = self._aside.rows(table, tuple(QUARANTINE), [(DATE, "=", day)])
        kept = rows.filter(pl.col(SCORED_AT).is_in(runs.implode()))
        return kept.select("customer_id", "reason").sort("customer_id", "reason")

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
        self._commit(day, (_stamped(part, day, origin) for part in chunks))
        self._table = self._scores.opened()
        self._tidy(day, origin)

    def _commit(self, day: date, chunks: Iterator[pl.DataFrame]) -> None:
        schema = pl.DataFrame(schema=SCHEMA).to_arrow(compat_level=OLDEST).schema
        batches = (
            batch
            for part in chunks
            for batch in part.to_arrow(compat_level=OLDEST).to_batches()
        )
        table = self._table
        if table is None:
            table = self._scores.made()
            with told(self.url, WAY_OUT):
                # What others wrote since this one was opened is not to be replaced.
                table.load_as_version(0)
        with told(self.url, WAY_OUT):
            write_deltalake(
                table,
                pa.RecordBatchReader.from_batches(schema, batches),
                mode="overwrite",
                predicate=f"{DATE} = '{day}'",
                target_file_size=FILE_BYTES,
                writer_properties=WriterProperties(compression="ZSTD"),
            )

    def _set_aside(self, day: date, rows: pl.DataFrame, origin: Origin) -> None:
        if rows.is_empty():
            return
        table = self._aside.made()
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
        quarantine = self._aside.opened()
        if quarantine is not None:
            earlier = f"{SCORED_AT} < '{origin.scored_at.isoformat()}'"
            with told(self.quarantine_url, WAY_OUT):
                _quietly_delete(quarantine, f"{DATE} = '{day}' AND {earlier}")
                _vacuum(quarantine)
        if self._table is not None:
            with told(self.url, WAY_OUT):
                _vacuum(self._table)


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


def _vacuum(table: DeltaTable) -> None:
    # Files of a run that was killed stand in no version: hence full.
    table.vacuum(retention_hours=KEPT_HOURS, dry_run=False, full=True)
