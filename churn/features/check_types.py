"""Whether a feature's columns have the types that its aggregate and kind need."""

import polars as pl

from churn.dataset import Dataset
from churn.errors import DeclarationError
from churn.features.declarations import Attribute, Column, Feature, Windowed
from churn.features.lineage import parts_of


def check_types(dataset: Dataset, feature: Feature) -> None:
    """Refuse what could be computed only wrongly, or never.

    Raises
    ------
    DeclarationError
        Naming the feature, what was found and what to declare instead.
    """
    if isinstance(feature, Windowed):
        _check_aggregate(dataset, feature)
    if feature.kind == "category" and isinstance(
        feature, Windowed | Attribute | Column
    ):
        _check_category(dataset, feature)
    if feature.kind == "number":
        _check_number(dataset, feature)
    _check_parts(dataset, feature)


def _check_aggregate(dataset: Dataset, feature: Windowed) -> None:
    counts = feature.aggregate == "count"
    if counts and feature.column is not None:
        raise _refusal(
            dataset,
            feature,
            f"counts rows and names the column {feature.column}; leave it out, or say "
            f"where='{feature.column} IS NOT NULL'",
        )
    if not counts and feature.column is None:
        raise _refusal(
            dataset, feature, f"names no column to take the {feature.aggregate} of"
        )


def _check_category(dataset: Dataset, feature: Feature) -> None:
    dtype = _dtype(dataset, feature)
    if dtype is not None and (dtype.is_float() or dtype.is_temporal()):
        what = f"is a category and reads a {dtype}, which engines write differently"
        raise _refusal(dataset, feature, what)


def _check_number(dataset: Dataset, feature: Feature) -> None:
    dtype = _dtype(dataset, feature)
    counts = isinstance(feature, Windowed) and feature.aggregate == "distinct"
    if dtype is not None and not counts and not _is_number(dtype):
        raise _refusal(
            dataset, feature, f"is a number and reads a {dtype}; say kind='category'"
        )


def _check_parts(dataset: Dataset, feature: Feature) -> None:
    by_name = {f.name: f for f in dataset.features}
    for part in parts_of(feature):
        if by_name[part].kind != "number":
            raise _refusal(dataset, feature, f"computes with {part}, a category")


def _dtype(dataset: Dataset, feature: Feature) -> pl.DataType | None:
    """Type of the column whose values a feature has; None for counts and the like."""
    if not isinstance(feature, Windowed | Attribute | Column) or not feature.column:
        return None
    table = getattr(feature, "table", None) or next(iter(dataset.tables))
    return dataset.tables[table].schema.columns()[feature.column].dtype


def _is_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or isinstance(dtype, pl.Boolean)


def _refusal(dataset: Dataset, feature: Feature, what: str) -> DeclarationError:
    return DeclarationError(f"{dataset.name}: feature {feature.name} {what}")
