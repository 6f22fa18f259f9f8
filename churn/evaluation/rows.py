"""The test rows as arrays, checked once. Knows no metric."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from churn.errors import BundleError, NotEnoughDataError
from churn.evaluation.weighting import Bools, Floats, Integers
from churn.scoring.decision import Economics, expected_net_value


@dataclass(frozen=True)
class Rows:
    """The test rows, their labels known.

    Parameters
    ----------
    customer : ndarray of shape (n_rows,), int
        Codes 0..n_customers-1; rows of one customer share one.
    date : ndarray of shape (n_rows,), int
        The snapshot date as days since 1970.
    net_value_eur : ndarray of shape (n_rows,), EUR
        What contacting the row brings on average over acceptance.
    is_high_value : ndarray of shape (n_rows,), bool
        Whether ``customer_value`` reaches ``high_value_eur``.
    """

    customer: Integers
    date: Integers
    is_churn: Bools
    customer_value: Floats
    net_value_eur: Floats
    is_high_value: Bools
    high_value_eur: float
    economics: Economics

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.is_churn.size

    def only(self, chosen: Bools) -> "Rows":
        """Some of the rows; who is of high value stays as it is among all."""
        return replace(
            self,
            customer=self.customer[chosen],
            date=self.date[chosen],
            is_churn=self.is_churn[chosen],
            customer_value=self.customer_value[chosen],
            net_value_eur=self.net_value_eur[chosen],
            is_high_value=self.is_high_value[chosen],
        )


def parse_rows(
    test: pl.DataFrame, economics: Economics, *, high_value_quantile: float
) -> Rows:
    """Read labels and values from the rows of an ``Evidence``.

    Raises
    ------
    NotEnoughDataError
        If there is no row.
    """
    if test.is_empty():
        raise NotEnoughDataError(
            "evaluation needs test rows, found none; move the split or widen the data"
        )
    is_churn = test["is_churn"].to_numpy().astype(np.bool_)
    customer_value = test["customer_value"].to_numpy().astype(np.float64)
    high_value_eur = float(np.quantile(customer_value, high_value_quantile))
    return Rows(
        customer=test["customer"].rank("dense").to_numpy().astype(np.intp) - 1,
        date=test["snapshot_date"].to_physical().to_numpy().astype(np.intp),
        is_churn=is_churn,
        customer_value=customer_value,
        net_value_eur=expected_net_value(
            is_churn.astype(np.float64), customer_value, economics
        ),
        is_high_value=customer_value >= high_value_eur,
        high_value_eur=high_value_eur,
        economics=economics,
    )


def parse_probability(name: str, probability: Floats, rows: Rows) -> Floats:
    """Probabilities as float64, one per row.

    Raises
    ------
    BundleError
        If their number is not that of the rows, or one is not in [0, 1].
    """
    found = np.asarray(probability, dtype=np.float64)
    expected = f"{rows.n_rows} probabilities of {name}"
    if found.shape != (rows.n_rows,):
        raise BundleError(
            f"expected {expected}, found an array of shape {found.shape}; "
            f"score the same test rows"
        )
    strange = found[~((found >= 0) & (found <= 1))]
    if strange.size:
        raise BundleError(
            f"expected {expected} in [0, 1], found {strange.size} others such as "
            f"{strange[0]}; score with a verified bundle"
        )
    return found
