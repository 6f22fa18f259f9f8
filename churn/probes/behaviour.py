"""Whether scores answer to changes of a customer as the business expects."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from churn.dataset import Dataset, Expectation
from churn.evaluation.evidence import BEHAVIOUR, customer_codes
from churn.evaluation.observations import Expected
from churn.features.changes import changed, concerned
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle


def expected_of(dataset: Dataset) -> dict[str, Expected]:
    """What a data set expects, by name."""
    return {e.name: Expected(e.direction, e.meaning) for e in dataset.expectations}


def try_expectations(
    dataset: Dataset,
    bundle: Bundle,
    test: pl.DataFrame,
    *,
    most_customers: int,
    seed: int,
) -> pl.DataFrame:
    """Score customers as they are and after each change that a data set declares.

    Each customer counts once, at the first test row in the frame. Left out are
    customers whom a change would carry beyond what training saw, and those whom it
    does not touch: what a model says of them is no answer to the question.

    Parameters
    ----------
    test : DataFrame
        ``customer_id`` and all declared features.
    most_customers : int

    Returns
    -------
    DataFrame of BEHAVIOUR
        ``customer`` is the code among all customers of ``test``; ``before`` and
        ``after`` are probabilities of churn.
    """
    drawn = _drawn(test, most_customers, seed)
    tried = [_tried(dataset, bundle, drawn, e) for e in dataset.expectations]
    return pl.concat([pl.DataFrame(schema=BEHAVIOUR), *tried])


def _drawn(test: pl.DataFrame, most_customers: int, seed: int) -> pl.DataFrame:
    """One row a customer; which ones depends on who is there, not on their order."""
    coded = test.with_columns(customer_codes(test["customer_id"]))
    first = coded.unique("customer", keep="first").sort("customer")
    order = np.random.default_rng(seed).permutation(len(first))[:most_customers]
    return first[np.sort(order)]


def _tried(
    dataset: Dataset, bundle: Bundle, drawn: pl.DataFrame, expectation: Expectation
) -> pl.DataFrame:
    before = concerned(drawn, expectation)
    after = changed(dataset, before, expectation)
    asked = _touched(before, after, bundle.manifest["features"])
    return pl.DataFrame(
        {
            "expectation": expectation.name,
            "customer": before.filter(asked)["customer"],
            "before": _scores(dataset, bundle, before.filter(asked)),
            "after": _scores(dataset, bundle, after.filter(asked)),
        },
        schema=BEHAVIOUR,
    )


def _scores(dataset: Dataset, bundle: Bundle, rows: pl.DataFrame) -> list[float]:
    used = [f for f in dataset.features if f.name in bundle.feature_names]
    return [float(score) for score in bundle.score(to_columns(rows, used))]


def _touched(
    before: pl.DataFrame, after: pl.DataFrame, described: Sequence[Mapping[str, Any]]
) -> pl.Series:
    """Whether the change touches a row and leads only to values that training saw.

    A change of what the model does not read touches a row too: there the score stays
    as it is, and no expectation is broken.

    Parameters
    ----------
    before, after : DataFrame of n_rows rows each
    described : sequence of mapping
        The model's features as a manifest has them. A number lies within ``min`` and
        ``max``, a category is one of ``categories``; a value is missing only where
        some were.

    Returns
    -------
    Series of n_rows bool
    """
    moved = before.select(column.ne_missing(after[column.name]) for column in before)
    seen = after.select(_seen(feature) for feature in described)
    return pl.select(
        is_touched=pl.any_horizontal(moved.get_columns())
        & pl.all_horizontal(~moved[name] | seen[name] for name in seen.columns)
    )["is_touched"]


def _seen(feature: Mapping[str, Any]) -> pl.Expr:
    value = pl.col(feature["name"])
    if feature["kind"] == "category":
        known = value.is_in(feature["categories"])
    else:
        # Training saw it rounded to float32.
        known = value.cast(pl.Float32).is_between(feature["min"], feature["max"])
    missing = pl.lit(feature["missing_share"] > 0)
    chosen = pl.when(value.is_null()).then(missing).otherwise(known)
    return chosen.alias(feature["name"])
