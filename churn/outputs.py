"""Contracts of what Holdfast makes: snapshots and scores."""

from typing import Any

import dataframely as dy
import polars as pl

from churn.dataset import Dataset
from churn.errors import DataError


class Number(dy.Float64):
    """A number of any width; the model sees it as a float in any case."""

    def validate_dtype(self, dtype: Any) -> bool:
        """Whether the type is numeric."""
        return bool(dtype.is_numeric())


def snapshot_schema(dataset: Dataset, *, is_labelled: bool) -> type[dy.Schema]:
    """The contract of a data set's snapshot frame.

    Parameters
    ----------
    is_labelled : bool
        Whether the frame carries ``is_churn``, as all but snapshots to score do.

    Returns
    -------
    type of dataframely.Schema
        Key ``customer_id, snapshot_date``; ``customer_value`` in EUR per year, not
        negative; the model's features; a text column per slice; the label.
    """
    columns: dict[str, dy.Column] = {
        "customer_id": dy.String(primary_key=True, min_length=1),
        "snapshot_date": dy.Date(primary_key=True),
        "customer_value": dy.Float64(min=0),
    }
    for feature in dataset.model_features:
        is_number = feature.kind == "number"
        column = Number(nullable=True) if is_number else dy.String(nullable=True)
        columns[feature.name] = column
    for name in dataset.slices:
        columns[f"slice__{name}"] = dy.String()
    if is_labelled:
        columns["is_churn"] = dy.Bool()
    schema_maker: Any = type(dy.Schema)
    schema: type[dy.Schema] = schema_maker("Snapshots", (dy.Schema,), columns)
    return schema


def check_snapshots(dataset: Dataset, built: pl.DataFrame) -> None:
    """Hold labelled snapshots against their contract.

    Raises
    ------
    DataError
        Naming the broken rules and how many rows break each: what good raw rows
        were made into is not what the data set promises.
    """
    schema = snapshot_schema(dataset, is_labelled=True)
    _, failure = schema.filter(built)
    counts = failure.counts()
    if counts:
        broken = ", ".join(f"{rule} ({n} rows)" for rule, n in sorted(counts.items()))
        raise DataError(f"snapshots of {dataset.name} break their contract: {broken}")


class ScoreSchema(dy.Schema):
    """Who may leave, how likely, what contacting them is worth, and who says so."""

    customer_id = dy.String(primary_key=True, min_length=1)
    snapshot_date = dy.Date(primary_key=True)
    probability = dy.Float64(min=0, max=1)
    customer_value = dy.Float64(min=0)
    expected_net_value_eur = dy.Float64()
    is_contacted = dy.Bool()
    model_version = dy.String(min_length=1)

    @dy.rule()
    def contacts_are_worth_it(cls) -> pl.Expr:
        """Nobody is contacted at an expected loss; a budget may leave others out."""
        return ~cls.is_contacted.col | (cls.expected_net_value_eur.col > 0)
