"""Who was scored when by one version, in batches and by the server: rows to follow.

Of more rows than asked for one day in seven is kept, and of the customers a share, the
same ones on every day. Customers are called as the prediction log calls them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from churn.dataset import Dataset
from churn.features.lineage import references
from churn.monitoring.outcomes import SLICE, slice_groups
from storage.delta import open_table, rows_of, told
from storage.feature_table import DATE, FeatureTable
from storage.log_profiles import TYPES
from storage.predictions.history import with_values
from storage.predictions.record import CustomerHash
from storage.predictions.tables import VALUES
from storage.score_table import ScoreTable
from storage.served import CUSTOMER, SCORED_ON, Period, ServedLog

WEEK_DAYS = 7
SHARES = 1000
ROWS = {
    "snapshot_date": pl.Date,
    "version": pl.String,
    "customer": pl.String,
    "probability": pl.Float64,
    "is_contacted": pl.Boolean,
    "customer_value_eur": pl.Float64,
    "fed_back": pl.Boolean,
}
"""What is known of a scored row; ``slice__<name>`` beside it where its features are."""


@dataclass(frozen=True)
class Sample:
    """Which days and which customers are followed."""

    days: frozenset[date] | None
    n_kept: int

    @classmethod
    def of(cls, n_rows: int, period: Period, most_rows: int) -> "Sample":
        """All of them, unless there are more rows than may be held."""
        if n_rows <= most_rows:
            return cls(None, SHARES)
        n_days = (period.last - period.first).days + 1
        weekly = range(0, n_days, WEEK_DAYS)
        days = frozenset(period.last - timedelta(days=back) for back in weekly)
        n_left = n_rows * len(days) / n_days
        return cls(days, max(1, min(SHARES, int(SHARES * most_rows / n_left))))

    def has(self, day: date) -> bool:
        """Whether a day is among them."""
        return self.days is None or day in self.days

    def keeps(self, customer: str = CUSTOMER) -> pl.Expr:
        """The condition on a customer's name."""
        if self.n_kept == SHARES:
            return pl.lit(True)
        return pl.col(customer).hash(0) % SHARES < self.n_kept

    @property
    def sentence(self) -> str:
        """What is left out; empty if nothing is."""
        if self.days is None:
            return ""
        return (
            f"of the scores one day in {WEEK_DAYS} and {self.n_kept / SHARES:.1%} of "
            "the customers are followed to their outcome: all of them would not fit"
        )


def scored_rows(
    dataset: Dataset,
    version: str,
    period: Period,
    sample: Sample,
    *,
    model: str,
    environ: Mapping[str, str],
) -> pl.DataFrame:
    """The rows that one version scored within a period, each customer once a day.

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    log = ServedLog.of(model, environ)
    parts = [
        *_batches(dataset, model, version, period, sample, environ),
        *(_served(dataset, log, version, period, sample) if log else ()),
    ]
    names = [SLICE + name for name in dataset.slices]
    schema = pl.Schema({**ROWS, **dict.fromkeys(names, pl.String)})
    rows = pl.concat([schema.to_frame(), *parts], how="diagonal")
    # What is known of a customer is known of each of the day's answers. Of these a
    # batch's counts, which has all features, else the last.
    key = ["customer", "snapshot_date"]
    told = pl.col("fed_back").drop_nulls().first().over(key)
    return rows.with_columns(fed_back=told).unique(
        key, keep="first", maintain_order=True
    )


def _batches(
    dataset: Dataset,
    model: str,
    version: str,
    period: Period,
    sample: Sample,
    environ: Mapping[str, str],
) -> Iterator[pl.DataFrame]:
    table, names = ScoreTable.of(model, environ=environ), CustomerHash.of(environ)
    columns = [
        "customer_id",
        "probability",
        "expected_net_value_eur",
        "customer_value_eur",
    ]
    for day in table.dates():
        if not (period.first <= day <= period.last and sample.has(day)):
            continue
        found = table.read(day, [*columns, "model_version"])
        rows = named(found.filter(model_version=version), names)
        rows = rows.filter(sample.keeps())
        if rows.is_empty():
            continue
        told = rows.select(
            pl.lit(day).alias("snapshot_date"),
            pl.lit(version).alias("version"),
            "customer",
            "probability",
            # The model's answer: who had left already was not contacted whatever it is.
            (pl.col("expected_net_value_eur") > 0).alias("is_contacted"),
            "customer_value_eur",
        )
        yield told.hstack(_groups(dataset, rows["customer_id"], day, environ))


def named(rows: pl.DataFrame, names: CustomerHash) -> pl.DataFrame:
    """The rows with ``customer``, as the log calls each ``customer_id``."""
    called = [names.name(one) for one in rows["customer_id"].to_list()]
    return rows.with_columns(pl.Series(CUSTOMER, called, dtype=pl.String))


def _groups(
    dataset: Dataset, customers: pl.Series, day: date, environ: Mapping[str, str]
) -> pl.DataFrame:
    """The groups of a date's customers, as far as their features are stored."""
    used: set[str] = set().union(*map(references, dataset.slices.values()))
    if dataset.kind == "table" or not used:
        return pl.DataFrame()
    features = FeatureTable.of(dataset, environ=environ)
    table = open_table(features.url)
    if table is None or not used <= set(features.schema):
        return pl.DataFrame()
    with told(features.url):
        rows = rows_of(table, ["customer_id", *sorted(used)], [(DATE, "=", day)])
    asked = customers.to_frame("customer_id")
    found = asked.join(rows, on="customer_id", how="left", maintain_order="left")
    return slice_groups(dataset, found)[0]


def _served(
    dataset: Dataset, log: ServedLog, version: str, period: Period, sample: Sample
) -> Iterator[pl.DataFrame]:
    columns = ["probability", "is_contacted", "customer_value", VALUES]
    kinds = {feature.name: TYPES[feature.kind] for feature in dataset.features}
    fed_back = log.fed_back()
    # The newest part first: of several answers within a day the last counts.
    for logged in reversed(log.parts(period.first)):
        rows = log.part(logged, period, columns).filter(version=version)
        followed = rows.filter(sample.keeps(), _is_among(sample)).reverse()
        if followed.is_empty():
            continue
        is_single = pl.len().over("request_id") == 1
        told = followed.with_columns(is_single.alias("is_single")).join(
            fed_back, on="request_id", how="left", maintain_order="left"
        )
        groups, _ = slice_groups(dataset, with_values(told.select(VALUES), kinds))
        yield told.select(
            pl.col(SCORED_ON).alias("snapshot_date"),
            "version",
            "customer",
            "probability",
            "is_contacted",
            pl.col("customer_value").alias("customer_value_eur"),
            # Of several customers in one request it does not say which.
            pl.when("is_single").then("fed_back").alias("fed_back"),
        ).hstack(groups)


def _is_among(sample: Sample) -> pl.Expr:
    days: Sequence[date] | None = None if sample.days is None else sorted(sample.days)
    return pl.lit(True) if days is None else pl.col(SCORED_ON).is_in(days)
