"""Raw tables against their contracts: each row is good or quarantined with reasons.

Besides the rules of a table's schema there are these reasons:

``<column>|dtype``
    The value has no form in the contract's type.
``<column>|time_zone``
    A moment without a zone in a table that declares none, or one that the declared
    zone skipped. Nobody knows when it was.
``<key>|duplicate``
    A copy, equal in all columns of the contract, of a row delivered before, in a
    table whose rows have a key: ``event_id``, else the primary key. One of the copies
    stays: a delivery repeated is no second event, and no event is lost. Rows that
    share a key and differ contradict each other; all of them break ``primary_key``,
    since any choice would be a guess.
``customer_id|unknown_customer``, ``<event_time>|before_customer``
    The customer is not among the good ones, or came into being only later.

Knows neither where tables come from nor where quarantined rows are written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from churn.casting import cast
from churn.dataset import RawTable
from churn.errors import DeclarationError, QuarantineLimitError, SourceError
from churn.naming import suggestion

CUSTOMER = "customer_id"
UNKNOWN_CUSTOMER = f"{CUSTOMER}|unknown_customer"
BEFORE_CUSTOMER = "before_customer"

# Working columns, under names that no contract declares.
ROW, REASONS, CASTS, SINCE = "#row", "#reasons", "#casts", "#since"
IS_GOOD = pl.col(REASONS).list.len() == 0
NO_REASONS = pl.lit([], dtype=pl.List(pl.String))

QUARANTINE_SCHEMA = pl.Schema(
    {
        "table": pl.String(),
        "row_number": pl.Int64(),
        "reasons": pl.List(pl.String()),
        "row": pl.String(),
    }
)


@dataclass(frozen=True)
class Validated:
    """Raw tables after their contracts; good and quarantined rows add up to the input.

    Parameters
    ----------
    good : dict of table name to DataFrame
        The rows that satisfy the contract, in their order, typed, only its columns.
    quarantined : DataFrame
        One row for each of the others: ``table``, ``row_number`` (position in the
        raw table, from 0), ``reasons`` (names of the broken rules, for example
        ``amount_cents|min``) and ``row`` (the raw row as JSON).
    """

    good: dict[str, pl.DataFrame]
    quarantined: pl.DataFrame


def validate(
    tables: Mapping[str, RawTable], raw: Mapping[str, pl.DataFrame]
) -> Validated:
    """Cast and check every row of every table, then the keys between tables.

    Parameters
    ----------
    tables : mapping of table name to RawTable
        The contracts. Frames without a contract are ignored.
    raw : mapping of table name to DataFrame
        As read; types may be text throughout.

    Raises
    ------
    SourceError
        If a table or a column of a contract is missing.
    """
    checked = {name: _checked(name, table, raw) for name, table in tables.items()}
    linked = _linked(tables, checked)
    good = {
        name: frame.filter(IS_GOOD).drop(ROW, REASONS) for name, frame in linked.items()
    }
    bad = [_quarantine(name, frame, raw[name]) for name, frame in linked.items()]
    return Validated(good, pl.concat([QUARANTINE_SCHEMA.to_frame(), *bad]))


def rule_counts(quarantined: pl.DataFrame) -> pl.DataFrame:
    """Quarantined rows by table and rule, most frequent first.

    A row that breaks two rules counts for both.

    Returns
    -------
    DataFrame
        Columns ``table``, ``rule``, ``n_rows``.
    """
    pairs = quarantined.select("table", pl.col("reasons").alias("rule"))
    exploded = pairs.explode("rule", empty_as_null=False, keep_nulls=False)
    counts = exploded.group_by("table", "rule").agg(n_rows=pl.len().cast(pl.Int64))
    return counts.sort("n_rows", "table", "rule", descending=[True, False, False])


def check_quarantine(
    good: Mapping[str, pl.DataFrame], quarantined: pl.DataFrame, *, max_share: float
) -> None:
    """Stop when a table lost more than ``max_share`` (0..1) of its rows.

    Parameters
    ----------
    good, quarantined
        The two parts of ``Validated``; together they are the rows as read.

    Raises
    ------
    QuarantineLimitError
        Naming the table, the share and the most frequent rule.
    """
    counts = rule_counts(quarantined)
    for table, frame in good.items():
        n_lost = quarantined.filter(pl.col("table") == table).height
        n_rows = frame.height + n_lost
        if n_lost > max_share * n_rows:
            _, rule, n_broken = counts.filter(pl.col("table") == table).row(0)
            raise QuarantineLimitError(
                f"table {table}: {n_lost} of {n_rows} rows ({n_lost / n_rows:.1%}) "
                f"broke the contract, allowed are {max_share:.1%}; most often {rule} "
                f"({n_broken} rows); correct the source or raise the limit"
            )


def check_columns(name: str, table: RawTable, columns: Sequence[str]) -> None:
    """Check, from the names alone, that a table has what its contract needs.

    Raises
    ------
    SourceError
        Naming the missing column and the nearest existing one.
    """
    _prepared(name, table, pl.DataFrame(schema=dict.fromkeys(columns, pl.String())))


def _checked(
    name: str, table: RawTable, raw: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The typed rows of one table, each with its number and the rules it breaks."""
    if name not in raw:
        raise SourceError(f"table {name} is missing; {suggestion(name, raw)}")
    prepared = _prepared(name, table, raw[name])
    typed = _typed(prepared, table).with_row_index(ROW)
    # After a failed cast, or about a copy, nothing else can be said.
    judged = typed.filter(pl.col(CASTS).list.len() == 0).drop(CASTS)
    broken = _broken_rules(judged, table.schema)
    frame = typed.join(broken, on=ROW, how="left", maintain_order="left")
    reasons = pl.when(pl.col(CASTS).list.len() > 0).then(CASTS).otherwise(REASONS)
    return frame.with_columns(reasons.fill_null([]).alias(REASONS)).drop(CASTS)


def _prepared(name: str, table: RawTable, raw: pl.DataFrame) -> pl.DataFrame:
    try:
        prepared = table.prepare(raw)
    except pl.exceptions.ColumnNotFoundError as error:
        missing = str(error).split('"')[1]
        raise _missing(name, missing, raw.columns) from None
    if prepared.height != raw.height:
        raise DeclarationError(
            f"table {name}: prepare must keep every row, it turned {raw.height} into "
            f"{prepared.height}; leave wrong rows to the contract"
        )
    for column in table.schema.column_names():
        if column not in prepared.columns:
            raise _missing(name, column, raw.columns)
    return prepared


def _missing(table: str, column: str, found: Sequence[str]) -> SourceError:
    return SourceError(
        f"table {table}: column {column} is missing; {suggestion(column, found)}"
    )


def _typed(prepared: pl.DataFrame, table: RawTable) -> pl.DataFrame:
    """The contract's columns in its types, and the reasons why a row has none."""
    schema = table.schema.columns()
    typed = prepared.select(
        cast(
            pl.col(name),
            prepared.schema[name],
            column.dtype,
            time_zone=table.time_zone,
        ).alias(name)
        for name, column in schema.items()
    )
    failed = [
        _failure(name, prepared, typed)
        for name in typed.columns
        if typed[name].null_count() > prepared[name].null_count()
    ]
    casts = pl.concat_list(failed).list.drop_nulls() if failed else NO_REASONS
    return _without_copies(typed.with_columns(casts.alias(CASTS)), table)


def _failure(name: str, prepared: pl.DataFrame, typed: pl.DataFrame) -> pl.Series:
    """Why a value has no form in its type: its zone, or all of it."""
    dtype = typed.schema[name]
    lost = typed[name].is_null() & prepared[name].is_not_null()
    reason = pl.lit(f"{name}|dtype")
    if isinstance(dtype, pl.Datetime):
        moment = cast(pl.col(name), prepared.schema[name], dtype, time_zone="UTC")
        zone = pl.lit(f"{name}|time_zone")
        reason = pl.when(moment.is_not_null()).then(zone).otherwise(reason)
    return prepared.select(pl.when(lost).then(reason).alias(name)).to_series()


def _without_copies(typed: pl.DataFrame, table: RawTable) -> pl.DataFrame:
    """The same rows; all but the first of equal ones say that they are copies."""
    keys = [table.event_id] if table.event_id else table.schema.primary_key()
    # Equal rows have equal hashes, which are far cheaper to compare than rows.
    if not keys or not typed.drop(CASTS).hash_rows().is_duplicated().any():
        return typed
    is_copy = (pl.col(CASTS).list.len() == 0) & ~pl.struct(pl.all()).is_first_distinct()
    reasons = pl.when(is_copy).then([f"{keys[0]}|duplicate"]).otherwise(CASTS)
    return typed.with_columns(reasons.alias(CASTS))


def _broken_rules(typed: pl.DataFrame, schema: type[dy.Schema]) -> pl.DataFrame:
    """Number and broken rules of each row that the schema does not accept."""
    schema_maker: Any = type(schema)
    numbered = schema_maker(schema.__name__, (schema,), {ROW: dy.UInt32()})
    _, failure = numbered.filter(typed)
    verdicts: pl.DataFrame = failure.details()
    rules = [name for name in verdicts.columns if name not in typed.columns]
    broken = [
        pl.when(pl.col(rule) == "invalid").then(pl.lit(rule)).alias(rule)
        for rule in rules
    ]
    return verdicts.select(ROW, pl.concat_list(broken).list.drop_nulls().alias(REASONS))


def _linked(
    tables: Mapping[str, RawTable], checked: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """The same rows; those of customers who are not there, or not yet, say so."""
    owners = [name for name, table in tables.items() if table.customer]
    if not owners:
        return dict(checked)
    customers = _customers(tables[owners[0]], checked[owners[0]].filter(IS_GOOD))
    return {
        name: _with_owner(frame, tables[name], customers)
        if CUSTOMER in frame.columns and not tables[name].customer
        else frame
        for name, frame in checked.items()
    }


def _customers(table: RawTable, good: pl.DataFrame) -> pl.DataFrame:
    """A row per customer, with the moment of its first event where that is told."""
    since = pl.lit(None) if table.event_time is None else pl.col(table.event_time)
    return good.group_by(CUSTOMER).agg(since.min().alias(SINCE))


def _with_owner(
    frame: pl.DataFrame, table: RawTable, customers: pl.DataFrame
) -> pl.DataFrame:
    known = pl.col(CUSTOMER).is_in(customers[CUSTOMER].implode())
    reasons = [REASONS, pl.when(~known).then([UNKNOWN_CUSTOMER]).otherwise(NO_REASONS)]
    joined = frame.join(customers, on=CUSTOMER, how="left", maintain_order="left")
    if table.event_time is not None:
        early = [f"{table.event_time}|{BEFORE_CUSTOMER}"]
        is_early = pl.col(table.event_time) < pl.col(SINCE)
        reasons.append(pl.when(is_early).then(early).otherwise(NO_REASONS))
    return joined.with_columns(pl.concat_list(reasons).alias(REASONS)).drop(SINCE)


def _quarantine(name: str, frame: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    bad = frame.filter(~IS_GOOD)
    rows = raw[bad[ROW]].select(row=pl.struct(pl.all()).struct.json_encode())
    return bad.hstack(rows).select(
        table=pl.lit(name),
        row_number=pl.col(ROW).cast(pl.Int64),
        reasons=REASONS,
        row="row",
    )
