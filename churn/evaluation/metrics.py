"""The names of all figures, and each metric as one function of rows and weights.

``METRICS`` is the one list that scorecard, gates and report agree on.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from churn.evaluation.calibration import calibration_line, errors_of_probability
from churn.evaluation.decisions import decisions
from churn.evaluation.ranking import ranking
from churn.evaluation.weighting import Bools, Floats, single

Better = Literal["higher", "lower", "near_one", "near_zero", "neither"]


@dataclass(frozen=True)
class Metric:
    """What a figure means and which way is up; ``lowest`` and ``highest`` bound it."""

    meaning: str
    better: Better
    lowest: float
    highest: float

    def gain(self, model: Floats, opponent: Floats) -> Floats:
        """By how much the model is better; negative where it is worse."""
        if self.better == "lower":
            return opponent - model
        if self.better in ("near_one", "near_zero"):
            target = 1.0 if self.better == "near_one" else 0.0
            return np.abs(opponent - target) - np.abs(model - target)
        return model - opponent


_INF = float("inf")
METRICS = {
    "roc_auc": Metric(
        "share of pairs of a churner and another in which the churner scores higher",
        "higher",
        0,
        1,
    ),
    "pr_auc": Metric(
        "average precision over all churners, by falling score", "higher", 0, 1
    ),
    "log_loss": Metric("mean surprise at the label, in nats", "lower", 0, _INF),
    "brier": Metric("mean squared distance of probability and label", "lower", 0, 1),
    "ece": Metric(
        "mean gap of predicted and observed churn rate over ten equal-width bins",
        "lower",
        0,
        1,
    ),
    "calibration_slope": Metric(
        "slope of the label's log odds on the predicted ones; below 1: too extreme",
        "near_one",
        -_INF,
        _INF,
    ),
    "calibration_intercept": Metric(
        "intercept of the same line; above 0: probabilities too low",
        "near_zero",
        -_INF,
        _INF,
    ),
    "top_decile_lift": Metric(
        "churn rate among the tenth with the highest scores over that of all",
        "higher",
        0,
        10,
    ),
    "precision": Metric("share of churners among the contacted", "higher", 0, 1),
    "recall": Metric("share of the churners that is contacted", "higher", 0, 1),
    "f1": Metric("harmonic mean of precision and recall", "higher", 0, 1),
    "contact_rate": Metric("share of customers contacted", "neither", 0, 1),
    "high_value_recall": Metric(
        "recall among the customers of high value", "higher", 0, 1
    ),
    "net_value_per_1000_eur": Metric(
        "money brought by the contacts per 1,000 customers, against contacting nobody",
        "higher",
        -_INF,
        _INF,
    ),
    "gain_over_contact_everybody_per_1000_eur": Metric(
        "the same against contacting everybody", "higher", -_INF, _INF
    ),
    "mpc_eur": Metric(
        "profit per customer of the best threshold at a fixed acceptance rate",
        "higher",
        0,
        _INF,
    ),
    "mpc_target_share": Metric("share of customers it contacts", "neither", 0, 1),
    "empc_eur": Metric(
        "the same, expected over an uncertain acceptance rate", "higher", 0, _INF
    ),
    "empc_target_share": Metric("share of customers it contacts", "neither", 0, 1),
}

AT_CONTACT_RATE = "high_value_recall_at_contact_rate"
RECALL_RATIO = "high_value_recall_ratio"
OF_OPPONENTS = {
    AT_CONTACT_RATE: Metric(
        "high-value recall when contacting as many of high value as the model does",
        "higher",
        0,
        1,
    ),
    RECALL_RATIO: Metric(
        "the model's high-value recall divided by that", "higher", 0, _INF
    ),
}
"""Figures that only opponents have."""


def roc_auc(is_churn: Bools, probability: Floats, weight: Floats) -> float | None:
    """Share of churner-other pairs ranked rightly, ties half; None with one class.

    Examples
    --------
    >>> churned, weight = np.array([True, False, False]), np.ones(3)
    >>> roc_auc(churned, np.array([0.5, 0.5, 0.1]), weight)
    0.75
    """
    return single(ranking(is_churn, probability), "roc_auc", weight)


def pr_auc(is_churn: Bools, probability: Floats, weight: Floats) -> float | None:
    """Average precision, equal scores sharing one threshold; None without churners."""
    return single(ranking(is_churn, probability), "pr_auc", weight)


def top_decile_lift(
    is_churn: Bools, probability: Floats, weight: Floats
) -> float | None:
    """Churn rate of the top tenth over the base rate; None without churners.

    A run of equal scores that the tenth cuts through counts by its average.

    References
    ----------
    C. Gold, *Fighting Churn with Data* (Manning, 2020), chapter 9.

    Examples
    --------
    >>> churned = np.arange(20) < 2
    >>> top_decile_lift(churned, np.linspace(1, 0, 20), np.ones(20))
    10.0
    """
    return single(ranking(is_churn, probability), "top_decile_lift", weight)


def log_loss(is_churn: Bools, probability: Floats, weight: Floats) -> float | None:
    """Mean negative log probability of the label, in nats; None without rows."""
    return single(errors_of_probability(is_churn, probability), "log_loss", weight)


def brier(is_churn: Bools, probability: Floats, weight: Floats) -> float | None:
    """Mean squared error of the probability; None without rows."""
    return single(errors_of_probability(is_churn, probability), "brier", weight)


def ece(is_churn: Bools, probability: Floats, weight: Floats) -> float | None:
    """Expected calibration error over ten equal-width bins; None without rows.

    Examples
    --------
    >>> churned = np.array([True, False])
    >>> ece(churned, np.array([0.75, 0.25]), np.ones(2))
    0.25
    """
    return single(errors_of_probability(is_churn, probability), "ece", weight)


def calibration_slope(
    is_churn: Bools, probability: Floats, weight: Floats
) -> float | None:
    """Slope of the label's log odds on the predicted; None where there is no line."""
    return single(calibration_line(is_churn, probability), "calibration_slope", weight)


def calibration_intercept(
    is_churn: Bools, probability: Floats, weight: Floats
) -> float | None:
    """Intercept of the same line, fitted together with its slope."""
    kernel = calibration_line(is_churn, probability)
    return single(kernel, "calibration_intercept", weight)


def precision(is_churn: Bools, contacted: Bools, weight: Floats) -> float | None:
    """Share of churners among the contacted; None when nobody is."""
    return _of_decision("precision", is_churn, contacted, weight)


def recall(is_churn: Bools, contacted: Bools, weight: Floats) -> float | None:
    """Share of the churners that is contacted; None without churners."""
    return _of_decision("recall", is_churn, contacted, weight)


def f1(is_churn: Bools, contacted: Bools, weight: Floats) -> float | None:
    """Harmonic mean of precision and recall; None without contacts and churners."""
    return _of_decision("f1", is_churn, contacted, weight)


def contact_rate(is_churn: Bools, contacted: Bools, weight: Floats) -> float | None:
    """Share of customers contacted; None without rows."""
    return _of_decision("contact_rate", is_churn, contacted, weight)


def _of_decision(
    name: str, is_churn: Bools, contacted: Bools, weight: Floats
) -> float | None:
    nothing = np.zeros(is_churn.size)
    return single(decisions(is_churn, contacted, nothing, nothing > 0), name, weight)
