"""A feature that training rows have and the customers to be scored cannot have."""

from collections.abc import Iterator, Sequence

import polars as pl

from churn.evaluation.scorecard import Estimate
from churn.features.declarations import Feature
from churn.leaks.reading import Seen, share_of_customers


def unavailable_at_serving(
    train: pl.DataFrame, serving: pl.DataFrame, features: Sequence[Feature]
) -> Iterator[Seen]:
    """Ask whether all who are to be scored have one value, or none, unlike in training.

    Parameters
    ----------
    serving : DataFrame
        The features of all who are eligible at ``as_of``: what a server would have.

    Yields
    ------
    Seen
        ``observed`` is the part of the training rows' variety that is missing there.
    """
    for feature in features:
        usual = _most_frequent(serving[feature.name])
        trained = _differs(train, feature.name, usual)
        served = _differs(serving, feature.name, usual)
        words = (
            f"is {_other_than(usual)} in {trained.value:.1%} of the training rows and "
            f"in {served.value:.1%} of the rows to be scored"
        )
        yield Seen(feature.name, gone(trained, served), words)


def filled_by_outcome(
    rows: pl.DataFrame, features: Sequence[Feature]
) -> Iterator[Seen]:
    """Ask of rows without history whether a value, or its absence, follows the outcome.

    Who is to be scored has not left yet. So what only those have who left, or only
    those who stayed, was filled or erased with the outcome; of a value that varies
    among both nothing can be said from one row a customer.
    """
    left, stayed = (rows.filter(pl.col("is_churn") == says) for says in (True, False))
    for feature in features:
        yield max(
            _one_sided(feature.name, left, stayed),
            key=lambda seen: seen.observed.low or 0.0,
        )


def gone(there: Estimate, here: Estimate) -> Estimate:
    """Part of a share that is missing elsewhere, with an interval on the safe side.

    Each end takes the worse end of both shares; below 0 nothing is missing.

    Examples
    --------
    >>> gone(Estimate(0.4, 0.3, 0.5, 90), Estimate(0.1, 0.0, 0.3, 80))
    Estimate(value=0.75, low=0.0, high=1.0, n=80)
    """
    ends = [(there.value, here.value), (there.low, here.high), (there.high, here.low)]
    value, low, high = (
        max(0.0, 1 - rest / whole) if whole and rest is not None else 0.0
        for whole, rest in ends
    )
    return Estimate(value, low, high, min(there.n, here.n))


def _differs(rows: pl.DataFrame, name: str, usual: object) -> Estimate:
    """Rows with another value. That older rows miss one that came later is no leak."""
    differs = rows[name].is_not_null()
    if usual is not None:
        differs &= rows[name] != usual
    return share_of_customers(differs, rows["customer_id"])


def _most_frequent(values: pl.Series) -> object:
    """The value of most rows, be it null; the lowest of several."""
    counts = values.alias("value").value_counts()
    order = counts.sort("count", "value", descending=[True, False], nulls_last=True)
    return order["value"].first()


def _other_than(usual: object) -> str:
    if usual is None:
        return "known"
    said = f"{usual:.4g}" if isinstance(usual, float) else str(usual)
    return f"known and not {said}"


def _one_sided(name: str, left: pl.DataFrame, stayed: pl.DataFrame) -> Iterator[Seen]:
    """Filled and missing, each by who left and by who stayed."""
    for is_null, state in ((False, "filled"), (True, "missing")):
        shares = [
            share_of_customers(rows[name].is_null() == is_null, rows["customer_id"])
            for rows in (left, stayed)
        ]
        words = (
            f"is {state} for {shares[0].value:.1%} of those who left and for "
            f"{shares[1].value:.1%} of those who stayed"
        )
        yield Seen(name, gone(*shares), words)
        yield Seen(name, gone(*reversed(shares)), words)
