"""Labels that somebody hands over in files: which of them count, and why others do not.

A file says of a customer at a snapshot date whether it churned. Files may overlap: what
was known last counts, and what is said twice counts once. Where two say the opposite
and none says it later, neither counts: any choice would be a guess.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import dataframely as dy
import polars as pl

from churn.contracts import QUARANTINE_SCHEMA, check_columns, validate
from churn.dataset import RawTable

KEY = ("customer_id", "snapshot_date")
KNOWN_AT = "known_at"
FILE, ROW = "file", "row_number"
EARLIEST = "1970-01-01"
"""When a label was known that does not say it: before any that does."""

CONTRADICTED = "is_churn|contradicted"
UNKNOWN_CUSTOMER = "customer_id|never_scored"
UNKNOWN_DATE = "snapshot_date|not_scored"


class LabelRows(dy.Schema):
    """What a label file says, a row each; other columns are left out."""

    customer_id = dy.String(min_length=1)
    snapshot_date = dy.Date()
    is_churn = dy.Bool()
    known_at = dy.Datetime(time_zone="UTC", time_unit="us")


def _with_known_at(raw: pl.DataFrame) -> pl.DataFrame:
    if KNOWN_AT not in raw.columns:
        return raw.with_columns(pl.lit(EARLIEST).alias(KNOWN_AT))
    return raw.with_columns(pl.col(KNOWN_AT).fill_null(EARLIEST))


LABELS = RawTable(schema=LabelRows, prepare=_with_known_at, time_zone="UTC")


PLACED = pl.Schema(
    {
        "customer_id": pl.String(),
        "snapshot_date": pl.Date(),
        "is_churn": pl.Boolean(),
        KNOWN_AT: pl.Datetime("us", "UTC"),
        FILE: pl.String(),
        ROW: pl.Int64(),
    }
)
"""Columns of rows that say something, and where each stands."""


@dataclass(frozen=True)
class Given:
    """What label files hold: rows of ``PLACED``, and those that cannot be read."""

    rows: pl.DataFrame
    quarantined: pl.DataFrame


@dataclass(frozen=True)
class Labels:
    """The labels that count, and the rows that do not.

    Parameters
    ----------
    good : DataFrame
        Columns ``PLACED``, one row a customer and date.
    quarantined : DataFrame
        In the columns of quarantined rows of raw tables; ``table`` is the file.
    n_later : int
        Rows that nobody knew at ``as_of``.
    n_of_others : int
        Rows of days on which another version scored the customer, as far as is known.
    """

    good: pl.DataFrame
    quarantined: pl.DataFrame
    n_later: int
    n_of_others: int = 0


def check_label_columns(file: str, columns: list[str]) -> None:
    """Refuse a file that lacks a column.

    Raises
    ------
    SourceError
        Naming the column and the nearest that is there.
    """
    check_columns(file, LABELS, columns)


def given(files: Mapping[str, pl.DataFrame]) -> Given:
    """What each row of the files says, and where it stands.

    Parameters
    ----------
    files : mapping of file name to DataFrame
        As read, all values as text.

    Raises
    ------
    SourceError
        If a file lacks a column.
    """
    for file, rows in files.items():
        check_label_columns(file, rows.columns)
    raw = _together(files)
    checked = validate({"labels": LABELS}, {"labels": raw})
    bad = checked.quarantined["row_number"]
    is_good = ~pl.int_range(pl.len()).is_in(bad.implode())
    placed = checked.good["labels"].hstack(raw.filter(is_good).select(FILE, ROW))
    return Given(placed, _in_their_files(checked.quarantined, raw))


def settled(rows: pl.DataFrame, *, as_of: datetime) -> Labels:
    """What rows of ``PLACED`` say together, as it was known at ``as_of``."""
    known = rows.filter(pl.col(KNOWN_AT) <= as_of)
    newest = known.filter(pl.col(KNOWN_AT) == pl.col(KNOWN_AT).max().over(KEY))
    is_settled = pl.col("is_churn").n_unique().over(KEY) == 1
    good = newest.filter(is_settled).unique(KEY, keep="first", maintain_order=True)
    return Labels(
        good=good,
        quarantined=quarantined(newest.filter(~is_settled), CONTRADICTED),
        n_later=len(rows) - len(known),
    )


def matched(labels: Labels, scored: pl.DataFrame, others: Collection[date]) -> Labels:
    """The labels of rows that were scored; the others are quarantined with a reason.

    Parameters
    ----------
    labels : Labels
        Whose good rows have ``customer`` too: as the scores call the customer.
    scored : DataFrame
        ``customer`` and ``snapshot_date`` of all that a version scored on the labels'
        dates.
    others : collection of date
        Days on which another version scored too: whom it did not score then, the other
        may have, so that nothing is wrong with the label.
    """
    key = ["customer", "snapshot_date"]
    keys = scored.select(key).unique()
    good = labels.good.join(keys, on=key, how="semi", maintain_order="left")
    left = labels.good.join(keys, on=key, how="anti", maintain_order="left")
    days = pl.Series(sorted(others), dtype=pl.Date)
    strange = left.filter(~pl.col("snapshot_date").is_in(days.implode()))
    is_known = pl.col("customer").is_in(keys["customer"].unique().implode())
    bad = [
        labels.quarantined,
        quarantined(strange.filter(~is_known), UNKNOWN_CUSTOMER),
        quarantined(strange.filter(is_known), UNKNOWN_DATE),
    ]
    return replace(
        labels,
        good=good,
        quarantined=pl.concat(bad),
        n_of_others=len(left) - len(strange),
    )


def quarantined(rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Rows of ``PLACED`` as quarantined ones."""
    return rows.select(
        table=pl.col(FILE),
        row_number=pl.col(ROW),
        reasons=pl.lit([reason], dtype=pl.List(pl.String)),
        row=pl.struct(LabelRows.column_names()).struct.json_encode(),
    )


def _together(files: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """All rows of all files as text, and where each stands."""
    names = LabelRows.column_names()
    schema = PLACED | dict.fromkeys(names, pl.String())
    parts = [
        rows.select(pl.col(n) for n in names if n in rows.columns).with_columns(
            pl.lit(file).alias(FILE), pl.int_range(pl.len()).alias(ROW)
        )
        for file, rows in files.items()
    ]
    return pl.concat([pl.DataFrame(schema=schema), *parts], how="diagonal")


def _in_their_files(bad: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """Quarantined rows, told by their file and their place in it."""
    places = raw[bad["row_number"]].select(FILE, ROW)
    return bad.with_columns(
        table=places[FILE],
        row_number=places[ROW],
    ).select(QUARANTINE_SCHEMA.names())
