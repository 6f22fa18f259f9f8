"""From a snapshot frame to what models take: one array per feature."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.errors import SourceError
from churn.features.declarations import Feature

Columns = Mapping[str, NDArray[Any]]


def to_columns(
    frame: pl.DataFrame, features: Iterable[Feature]
) -> dict[str, NDArray[Any]]:
    """One array of shape (n_rows,) per feature, as the exported graph takes them.

    Numbers become float32 with NaN where missing, categories str objects with
    ``""`` where missing.

    Raises
    ------
    SourceError
        If the frame lacks a feature.

    Examples
    --------
    >>> frame = pl.DataFrame({"age_days": [3, None], "plan": ["basic", None]})
    >>> age = Feature(name="age_days", unit="days", meaning="Age.")
    >>> plan = Feature(name="plan", unit="text", meaning="Plan.", kind="category")
    >>> columns = to_columns(frame, [age, plan])
    >>> columns["age_days"], columns["plan"]
    (array([ 3., nan], dtype=float32), array(['basic', ''], dtype=object))
    """
    table = to_table(frame, list(features))
    return {name: table[name].to_numpy() for name in table.columns}


def to_table(frame: pl.DataFrame, features: Sequence[Feature]) -> pl.DataFrame:
    """The features as a frame of Float32 (NaN: missing) and String ("": missing).

    Raises
    ------
    SourceError
        If the frame lacks a feature.
    """
    missing = [f.name for f in features if f.name not in frame.columns]
    if missing:
        raise SourceError(
            f"expected the feature {missing[0]!r}, found the columns "
            f"{', '.join(frame.columns)}; build the snapshots with this data set"
        )
    return frame.select(_as_model_input(f) for f in features)


def _as_model_input(feature: Feature) -> pl.Expr:
    column = pl.col(feature.name)
    if feature.kind == "category":
        return column.cast(pl.String).fill_null("")
    return column.cast(pl.Float32).fill_null(float("nan"))


def churned(frame: pl.DataFrame) -> NDArray[np.int64]:
    """The label as 0 or 1."""
    return frame["is_churn"].cast(pl.Int64).to_numpy()
