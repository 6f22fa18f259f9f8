"""Raw tables against their contracts: each row is good or quarantined with reasons.

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

# Working columns, under names that no contract declares.
ROW, REASONS, CASTS = "#row", "#reasons", "#casts"
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
    typed = _typed(prepared, table.schema).with_row_index(ROW)
    broken = _broken_rules(typed.drop(CASTS), table.schema)
    frame = typed.join(broken, on=ROW, how="left", maintain_order="left")
    # After a failed cast nothing else about the row can be judged.
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


def _typed(prepared: pl.DataFrame, schema: type[dy.Schema]) -> pl.DataFrame:
    """The contract's columns in its types, and the names of the casts that failed."""
    columns = [
        cast(pl.col(name), prepared.schema[name], column.dtype).alias(name)
        for name, column in schema.columns().items()
    ]
    typed = prepared.select(columns)
    failed = [
        pl.when(typed[name].is_null() & prepared[name].is_not_null())
        .then(pl.lit(f"{name}|dtype"))
        .alias(name)
        for name in typed.columns
        if typed[name].null_count() > prepared[name].null_count()
    ]
    casts = pl.concat_list(failed).list.drop_nulls() if failed else NO_REASONS
    return typed.with_columns(casts.alias(CASTS))


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
    """The same rows; those of customers who are not in the good ones say so."""
    owners = [name for name, table in tables.items() if table.customer]
    if not owners:
        return dict(checked)
    customers = checked[owners[0]].filter(IS_GOOD)[CUSTOMER]
    is_known = pl.col(CUSTOMER).is_in(customers.implode())
    unknown = pl.when(~is_known).then([UNKNOWN_CUSTOMER]).otherwise(NO_REASONS)
    return {
        name: frame.with_columns(pl.concat_list(REASONS, unknown).alias(REASONS))
        if CUSTOMER in frame.columns and not tables[name].customer
        else frame
        for name, frame in checked.items()
    }


def _quarantine(name: str, frame: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    bad = frame.filter(~IS_GOOD)
    rows = raw[bad[ROW]].select(row=pl.struct(pl.all()).struct.json_encode())
    return bad.hstack(rows).select(
        table=pl.lit(name),
        row_number=pl.col(ROW).cast(pl.Int64),
        reasons=REASONS,
        row="row",
    )
