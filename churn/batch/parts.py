"""A part of a date's customers: who can be scored, from which columns, how likely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.errors import BundleError
from churn.features.declarations import Feature
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle, Columns
from churn.scoring.inputs import LARGEST

Floats = NDArray[np.float64]

REASON = "__reason"
NO_NAME = "customer_id: expected a name, found none"
NO_VALUE = "customer_value: expected an amount of 0 EUR or more, found another"
NO_PROBABILITY = "probability: expected a number from 0 to 1, found another"
TOO_LARGE = f"expected a number of at most {LARGEST:.4g}, found a larger one"
NOT_PLAIN = "expected a text without NUL, found one with it"


@dataclass(frozen=True)
class Part:
    """Customers who can be scored, arrays of shape (n_rows,), and those who cannot.

    ``quarantined`` holds ``customer_id`` and ``reason``.
    """

    rows: pl.DataFrame
    columns: Columns
    probability: Floats
    quarantined: pl.DataFrame

    @classmethod
    def of(
        cls, rows: pl.DataFrame, bundle: Bundle, features: Sequence[Feature]
    ) -> Self:
        """Score what can be scored.

        Parameters
        ----------
        rows : DataFrame
            ``customer_id``, ``customer_value`` and the features.
        """
        judged = rows.with_columns(_reason(features).alias(REASON))
        is_good = judged[REASON].is_null()
        good = rows if is_good.all() else rows.filter(is_good)
        columns = to_columns(good, features)
        part = cls(
            good,
            columns,
            bundle.predict(columns) if len(good) else np.empty(0),
            judged.filter(~is_good).select("customer_id", reason=REASON),
        )
        return part._without_nonsense()

    def _without_nonsense(self) -> Self:
        """Put aside whoever got no probability."""
        is_good = (self.probability >= 0) & (self.probability <= 1)
        if is_good.all():
            return self
        lost = self.rows.filter(~is_good).select(
            "customer_id", reason=pl.lit(NO_PROBABILITY)
        )
        return replace(
            self,
            rows=self.rows.filter(is_good),
            columns={name: values[is_good] for name, values in self.columns.items()},
            probability=self.probability[is_good],
            quarantined=pl.concat([self.quarantined, lost]),
        )


def used_features(bundle: Bundle, declared: Sequence[Feature]) -> tuple[Feature, ...]:
    """The features that a bundle takes, in its order.

    Raises
    ------
    BundleError
        If it needs one that is declared no more.
    """
    known = {feature.name: feature for feature in declared}
    missing = [name for name in bundle.feature_names if name not in known]
    if missing:
        raise BundleError(
            f"the model needs {', '.join(missing)}; until a successor is live declare "
            "them with in_model=False"
        )
    return tuple(known[name] for name in bundle.feature_names)


def _reason(features: Sequence[Feature]) -> pl.Expr:
    """Why a row cannot be scored: the first of its faults, null if it has none.

    The same values are refused as by a server; what training never saw is scored.
    """
    value = pl.col("customer_value")
    faults = [
        (pl.col("customer_id").fill_null("") == "", NO_NAME),
        (~(value.is_finite() & (value >= 0)).fill_null(False), NO_VALUE),
        *(_fault(feature) for feature in features),
    ]
    return pl.coalesce(pl.when(is_so).then(pl.lit(why)) for is_so, why in faults)


def _fault(feature: Feature) -> tuple[pl.Expr, str]:
    column = pl.col(feature.name)
    if feature.kind == "category":
        is_so = column.cast(pl.String).str.contains("\0", literal=True)
        return is_so, f"{feature.name}: {NOT_PLAIN}"
    # NaN is missing, and larger than any number to polars.
    number = column.cast(pl.Float64).fill_nan(None)
    return number.abs() > LARGEST, f"{feature.name}: {TOO_LARGE}"
