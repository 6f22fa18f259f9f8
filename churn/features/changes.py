"""Features as they would be after a change that an expectation declares."""

from collections.abc import Mapping

import polars as pl

from churn.dataset import Dataset, Expectation
from churn.features.declarations import Feature
from churn.features.engine import DUCKDB
from churn.features.lineage import made_with, parts_of
from churn.features.quoting import quote
from churn.features.values import ByName, made_of


def concerned(rows: pl.DataFrame, expectation: Expectation) -> pl.DataFrame:
    """The rows that an expectation is about, in their order."""
    if expectation.where is None:
        return rows
    return rows.filter(_computed(rows, {"is_meant": expectation.where})["is_meant"])


def changed(
    dataset: Dataset, rows: pl.DataFrame, expectation: Expectation
) -> pl.DataFrame:
    """The rows after the change, in their order, each column of its type.

    Features made of changed ones follow by their declaration, so that a share is
    still the quotient of the counts beside it.

    Parameters
    ----------
    rows : DataFrame
        All declared features of ``dataset``.
    """
    given = _replaced(rows, expectation.change)
    by_name = {feature.name: feature for feature in dataset.features}
    follows = [by_name[name] for name in followers(dataset, expectation)]
    return _replaced(given, {f.name: _from_parts(f, by_name) for f in follows})


def followers(dataset: Dataset, expectation: Expectation) -> list[str]:
    """Features that are made of those the change names, in declared order."""
    features = dataset.features
    made = {name for n in expectation.change for name in made_with(n, features)}
    return [f.name for f in features if f.name in made and parts_of(f)]


def _from_parts(feature: Feature, by_name: ByName) -> str:
    """A feature's value from the columns of those that are made of no other."""
    parts = [_from_parts(by_name[part], by_name) for part in parts_of(feature)]
    return made_of(feature, parts, by_name) if parts else quote(feature.name)


def _replaced(rows: pl.DataFrame, values: Mapping[str, str]) -> pl.DataFrame:
    computed = _computed(rows, values)
    return rows.with_columns(computed[n].cast(rows.schema[n]) for n in values)


def _computed(rows: pl.DataFrame, values: Mapping[str, str]) -> pl.DataFrame:
    """SQL expressions over the rows, in their order."""
    listing = "".join(f", ({sql}) AS {quote(name)}" for name, sql in values.items())
    query = f"SELECT row_id{listing} FROM rows ORDER BY row_id"
    return DUCKDB.run(query, {"rows": rows.with_row_index("row_id")})
