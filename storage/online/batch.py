"""A table of feature rows, checked and encoded for the online store."""

from collections.abc import Iterator

import polars as pl

from churn.errors import DataError, NotEnoughDataError
from churn.features.build import EXPIRES_AT
from storage.online.rows import ENCODER, FeatureSet, key_of

KEYS = ("customer_id", "snapshot_date")

Encoded = tuple[bytes, int, bytes]
"""The customer's key, the day of the snapshot, the row."""


class Batch:
    """Rows that become readable together.

    Parameters
    ----------
    rows : DataFrame
        ``customer_id``, ``snapshot_date``, features (Int64, Float64 or String) and
        the instant ``<feature>__expires_at`` of those with a time to live.

    Raises
    ------
    DataError
        If there is no row, one customer has several, or a column has another type.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        _check_keys(rows)
        names = tuple(
            name
            for name in rows.columns
            if name not in KEYS and not name.endswith(EXPIRES_AT)
        )
        expiring = tuple(name for name in names if name + EXPIRES_AT in rows.columns)
        _check_columns(rows, names, expiring)
        dtypes = tuple(str(rows.schema[name]) for name in names)
        self.features = FeatureSet(names, dtypes, expiring)  # type: ignore[arg-type]
        self._rows = _plain(rows, names, expiring)

    def __len__(self) -> int:
        return len(self._rows)

    def keys(self) -> set[bytes]:
        """Of all customers in the batch."""
        return {key_of(customer) for customer in self._rows["customer_id"]}

    def encoded(self) -> Iterator[Encoded]:
        """Every row as it is stored, by customer."""
        end = len(KEYS) + len(self.features.names)
        for row in self._rows.iter_rows():
            customer, day = row[: len(KEYS)]
            stored = (customer, day, row[len(KEYS) : end], row[end:])
            yield key_of(customer), day, ENCODER.encode(stored)

    def chunks(self, size: int) -> Iterator[list[Encoded]]:
        """The same, ``size`` rows at a time."""
        chunk: list[Encoded] = []
        for row in self.encoded():
            chunk.append(row)
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk


def _plain(
    rows: pl.DataFrame, names: tuple[str, ...], expiring: tuple[str, ...]
) -> pl.DataFrame:
    """Days and microseconds instead of dates and instants, sorted by customer."""
    return rows.select(
        "customer_id",
        pl.col("snapshot_date").dt.epoch("d"),
        *names,
        *(pl.col(name + EXPIRES_AT).dt.epoch("us") for name in expiring),
    ).sort("customer_id")


def _check_keys(rows: pl.DataFrame) -> None:
    for name, dtype in zip(KEYS, (pl.String, pl.Date), strict=True):
        found = rows.schema.get(name)
        if found != dtype:
            raise DataError(
                f"rows to publish: expected {name} as {dtype.__name__}, "
                f"found {found or 'no such column'}"
            )
    if rows.is_empty():
        raise NotEnoughDataError("rows to publish: expected at least one, found none")
    if sum(rows.select(KEYS).null_count().row(0)):
        raise DataError("rows to publish: a row lacks its customer or date; drop it")
    several = len(rows) - rows["customer_id"].n_unique()
    if several:
        raise DataError(
            f"rows to publish: expected one a customer, found {several} more; keep "
            "the latest of each"
        )


def _check_columns(
    rows: pl.DataFrame, names: tuple[str, ...], expiring: tuple[str, ...]
) -> None:
    instant = pl.Datetime("us", "UTC")
    instants = [name + EXPIRES_AT for name in expiring]
    for name in rows.columns[:]:
        found = rows.schema[name]
        if name in names and found not in (pl.Int64, pl.Float64, pl.String):
            raise DataError(
                f"feature {name}: expected Int64, Float64 or String, found {found}"
            )
        if name in instants and found != instant:
            raise DataError(f"{name}: expected {instant}, found {found}")
        if name not in (*KEYS, *names, *instants):
            raise DataError(
                f"{name}: there is no feature {name.removesuffix(EXPIRES_AT)}"
            )
