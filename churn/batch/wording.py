"""Why a customer is likely to leave, in words that a person on the phone can use.

A reason reads ``<what is measured>: <the customer's value> (raises)``. It says what
moved the score, which is not yet what makes the customer leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from churn.batch.quantities import quantity
from churn.scoring.bundle import Bundle, Columns
from churn.scoring.reasons import Explainer

Matrix = NDArray[np.float32]

MOST_REASONS = 3
UNKNOWN = "unknown"
VALUE_FOLLOWS = ": "
RAISES, LOWERS = "(raises)", "(lowers)"


@dataclass(frozen=True)
class Wording:
    """The reasons of one bundle's scores in words. Made by ``of``; safe from threads.

    ``labels`` and ``units`` are of the explainer's features, in its order.
    """

    explainer: Explainer
    labels: tuple[str, ...]
    units: tuple[str, ...]

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """Read what the features of a bundle mean, and what reasons are made of.

        Raises
        ------
        BundleError
            If the reasons do not add up to the graph's own scores.
        """
        features = bundle.manifest["features"]
        return cls(
            explainer=Explainer.of(bundle),
            labels=tuple(_label(feature) for feature in features),
            units=tuple(str(feature["unit"]) for feature in features),
        )


def worded_reasons(
    wording: Wording, columns: Columns, matrix: Matrix, *, most: int = MOST_REASONS
) -> list[list[str]]:
    """The features that moved each customer's score most, as sentences' worth of text.

    What raises the probability comes first, the strongest before the others, since
    the reader wants to know why this customer may leave; what lowers it follows
    only where fewer than ``most`` raise. What moved nothing is no reason.

    Parameters
    ----------
    columns : mapping of feature name to ndarray of shape (n_rows,)
        As ``Bundle.score`` takes them: NaN and ``""`` for missing.
    matrix : ndarray of shape (n_rows, n_columns)
        As ``Bundle.score_and_matrix`` gives it for these columns.
    most : int
        Reasons for each row; there may be fewer.

    Returns
    -------
    list of n_rows lists of str
        Equal inputs give equal texts.
    """
    moved = wording.explainer.effects(matrix)
    values = [columns[name] for name in wording.explainer.feature_names]
    order = _order(moved)[:, :most]
    return [
        [
            _reason(wording, feature, values[feature][row], moved[row, feature])
            for feature in features
            if moved[row, feature] != 0
        ]
        for row, features in enumerate(order.tolist())
    ]


def reason_label(reason: str) -> str:
    """What a reason is about, without the customer's value.

    Examples
    --------
    >>> reason_label("Failed payments in the last 90 days: 3 (raises)")
    'Failed payments in the last 90 days'
    """
    return reason.partition(VALUE_FOLLOWS)[0]


def is_raising(reason: str) -> bool:
    """Whether it speaks for leaving.

    Examples
    --------
    >>> is_raising("Tenure: 3 days (raises)"), is_raising("Tenure: 9 days (lowers)")
    (True, False)
    """
    return reason.endswith(RAISES)


def _order(moved: NDArray[np.float64]) -> NDArray[np.intp]:
    """Features of each row: what raises before what does not, each by its size."""
    return np.lexsort((-np.abs(moved), moved <= 0), axis=1)


def _reason(wording: Wording, feature: int, value: Any, moved: float) -> str:
    text = _value(value, wording.units[feature])
    direction = RAISES if moved > 0 else LOWERS
    return f"{wording.labels[feature]}{VALUE_FOLLOWS}{text} {direction}"


def _value(value: Any, unit: str) -> str:
    if isinstance(value, str):
        return " ".join(value.split()) or UNKNOWN
    return UNKNOWN if np.isnan(value) else quantity(float(value), unit)


def _label(feature: Mapping[str, Any]) -> str:
    """The feature's meaning without what would end a label early."""
    meaning = " ".join(str(feature["meaning"]).split()).rstrip(".")
    return meaning.replace(VALUE_FOLLOWS, ", ") or str(feature["name"])
