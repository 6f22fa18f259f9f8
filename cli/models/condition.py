"""Conditions on a metric, as typed on the command line: ``auc>0.8``."""

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from churn.errors import UsageError
from churn.evaluation.scorecard import Estimate
from churn.naming import suggestion

SHORT = {
    "auc": "roc_auc",
    "lift": "top_decile_lift",
    "net_value": "net_value_per_1000_eur",
    "slope": "calibration_slope",
}
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
FORM = re.compile(r"\s*(\w+)\s*(>=|<=|>|<|=)\s*(\S+)\s*")


@dataclass(frozen=True)
class Condition:
    """One metric held against one number, by its value."""

    metric: str
    comparison: str
    number: float

    def holds(self, figures: Mapping[str, Estimate]) -> bool:
        """Whether the figure is there and compares so."""
        figure = figures.get(self.metric)
        if figure is None or figure.value is None:
            return False
        return COMPARISONS[self.comparison](figure.value, self.number)


def parse_condition(text: str, known: Collection[str]) -> Condition:
    """Read a condition; ``known`` are the metrics that were ever measured.

    Raises
    ------
    UsageError
        For another form, a metric that nobody measured, or what is no number.
    """
    found = FORM.fullmatch(text)
    if found is None:
        raise UsageError(
            f"--metric {text!r}: expected a metric, one of {' '.join(COMPARISONS)} and "
            "a number, such as 'auc>0.8'"
        )
    name, comparison, number = found.groups()
    metric = name if name in known else SHORT.get(name, name)
    if metric not in known:
        near = suggestion(name, [*known, *SHORT])
        raise UsageError(f"--metric {text!r}: unknown metric {name!r}; {near}")
    try:
        return Condition(metric, comparison, float(number))
    except ValueError:
        raise UsageError(f"--metric {text!r}: {number!r} is no number") from None
