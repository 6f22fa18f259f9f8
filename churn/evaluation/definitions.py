"""How the test rows are measured, and in words what the figures mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from churn.evaluation.profit import PRIOR_STRENGTH
from churn.evaluation.rows import Rows
from churn.ranges import at_least, within

FEWEST_RESAMPLES = 20


@dataclass(frozen=True)
class EvaluationPlan:
    """How the test rows are measured.

    Parameters
    ----------
    resamples : int, at least FEWEST_RESAMPLES
        Bootstrap resamples behind every interval.
    slice_min_rows : int
        Groups with fewer rows get no figures of their own.
    high_value_quantile : float in [0, 1)
        Customers at or above this quantile of the test rows' ``customer_value``
        are of high value.
    """

    resamples: int
    seed: int
    slice_min_rows: int
    high_value_quantile: float

    def __post_init__(self) -> None:
        """Refuse what gives no interval, no group or nobody of high value."""
        at_least("evaluation.resamples", self.resamples, FEWEST_RESAMPLES)
        at_least("evaluation.seed", self.seed, 0)
        at_least("evaluation.slice_min_rows", self.slice_min_rows, 1)
        key = "evaluation.high_value_quantile"
        within(key, self.high_value_quantile, 0, 1, high_excluded=True)


def define(
    rows: Rows, plan: EvaluationPlan, too_small: Sequence[str]
) -> dict[str, str]:
    """Say what the named figures of a scorecard mean, with this data set's numbers."""
    costs = rows.economics
    a = PRIOR_STRENGTH * costs.acceptance_rate
    definitions = {
        "decision": (
            "the deployed decision contacts a customer when the expected net value is "
            f"above zero, at {costs.offer_eur:g} EUR for the offer, "
            f"{costs.contact_eur:g} EUR for the contact, "
            f"{costs.acceptance_rate:.0%} acceptance and the customer's own value"
        ),
        "high_value": (
            f"customers worth at least {rows.high_value_eur:,.2f} EUR per year, the "
            f"{plan.high_value_quantile:.0%} quantile of the test rows"
        ),
        "high_value_recall": (
            "share of the churners among customers of high value whom the deployed "
            "decision contacts"
        ),
        "high_value_recall_at_contact_rate": (
            "the same for an opponent that contacts as many customers of high value "
            "as the model does, those it finds likeliest to churn"
        ),
        "intervals": (
            f"95 % percentile intervals from {plan.resamples} resamples of customers, "
            "the same resamples for every figure; that of ece shifted to its value, "
            "which resampling raises; those of gains in ROC-AUC: DeLong, by customer; "
            "reliability: Wilson"
        ),
        "profit": (
            "MPC and EMPC in EUR per customer at the mean customer value of "
            f"{rows.customer_value.mean():,.2f} EUR; EMPC with acceptance from "
            f"Beta({a:g}, {PRIOR_STRENGTH - a:g})"
        ),
    }
    if too_small:
        definitions["slices_left_out"] = (
            f"groups with fewer than {plan.slice_min_rows} rows have no figures: "
            + "; ".join(too_small)
        )
    return definitions
