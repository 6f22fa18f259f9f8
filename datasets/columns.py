"""Columns and features that several data sets declare in the same words."""

import dataframely as dy
import polars as pl

from churn.features.declarations import Column


def one_of(*values: str) -> dy.String:
    """A text column of the contract that takes no other value."""

    def known_value(column: pl.Expr) -> pl.Expr:
        return column.is_in(values)

    return dy.String(check=known_value)


def category(name: str, column: str, meaning: str) -> Column:
    """A feature that is a text column of the table."""
    return Column(
        name=name, column=column, kind="category", unit="text", meaning=meaning
    )
