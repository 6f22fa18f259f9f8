"""Labels that somebody hands over in files: which of them count, and why others do not.

A file says of a customer at a snapshot date whether it churned. Files may overlap: what
was known last counts, and what is said twice counts once. Where two say the opposite
and none says it later, neither counts: any choice would be a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import dataframely as dy
import polars as pl

from churn.contracts import QUARANTINE_SCHEMA, check_columns, validate
from churn.dataset import RawTable

KEY = ("customer_id", "snapshot_date")
KNOWN_AT = "known_at"
FILE, ROW = "#file", "#row"
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


@dataclass(frozen=True)
class Labels:
    """The labels that count, and the rows that do not.

    Parameters
    ----------
    good : DataFrame
        ``customer_id, snapshot_date, is_churn, known_at``, one row a customer and
        date, and where it stood.
    quarantined : DataFrame
        In the columns of quarantined rows of raw tables; ``table`` is the file.
    n_read, n_repeated, n_later : int
        All rows; those that said again what another says, or that another corrected;
        those that nobody knew at ``as_of``.
    """

    good: pl.DataFrame
    quarantined: pl.DataFrame
    n_read: int
    n_repeated: int
    n_later: int


def check_label_columns(file: str, columns: list[str]) -> None:
    """Refuse a file that lacks a column.

    Raises
    ------
    SourceError
        Naming the column and the nearest that is there.
    """
    check_columns(file, LABELS, columns)


def settled(files: Mapping[str, pl.DataFrame], *, as_of: datetime) -> Labels:
    """What the files say together, as it was known at ``as_of``.

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
    typed = checked.good["labels"].hstack(raw.filter(is_good).select(FILE, ROW))
    known = typed.filter(pl.col(KNOWN_AT) <= as_of)
    newest = known.filter(pl.col(KNOWN_AT) == pl.col(KNOWN_AT).max().over(KEY))
    is_settled = pl.col("is_churn").n_unique().over(KEY) == 1
    good = newest.filter(is_settled).unique(KEY, keep="first", maintain_order=True)
    contradicted = newest.filter(~is_settled)
    return Labels(
        good=good,
        quarantined=pl.concat(
            [
                _in_their_files(checked.quarantined, raw),
                quarantined(contradicted, CONTRADICTED),
            ]
        ),
        n_read=len(raw),
        n_repeated=len(known) - len(good) - len(contradicted),
        n_later=len(typed) - len(known),
    )


def matched(labels: Labels, scored: pl.DataFrame) -> Labels:
    """The labels of rows that were scored; the others are quarantined with a reason.

    Parameters
    ----------
    labels : Labels
        Whose good rows have ``customer`` too: as the scores call the customer.
    scored : DataFrame
        ``customer`` and ``snapshot_date`` of all that was scored on the labels' dates.
    """
    key = ["customer", "snapshot_date"]
    keys = scored.select(key).unique()
    good = labels.good.join(keys, on=key, how="semi", maintain_order="left")
    others = labels.good.join(keys, on=key, how="anti", maintain_order="left")
    is_known = pl.col("customer").is_in(keys["customer"].unique().implode())
    bad = [
        labels.quarantined,
        quarantined(others.filter(~is_known), UNKNOWN_CUSTOMER),
        quarantined(others.filter(is_known), UNKNOWN_DATE),
    ]
    return replace(labels, good=good, quarantined=pl.concat(bad))


def quarantined(rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Rows of ``Labels.good`` as quarantined ones."""
    return rows.select(
        table=pl.col(FILE),
        row_number=pl.col(ROW),
        reasons=pl.lit([reason], dtype=pl.List(pl.String)),
        row=pl.struct(LabelRows.column_names()).struct.json_encode(),
    )


def _together(files: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """All rows of all files as text, and where each stands."""
    names = LabelRows.column_names()
    schema = {**dict.fromkeys(names, pl.String), FILE: pl.String, ROW: pl.Int64}
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
