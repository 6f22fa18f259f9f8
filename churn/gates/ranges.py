"""Where the numbers of a check can lie, given the name of its metric."""

from collections.abc import Callable

from churn.evaluation.metrics import METRICS

Range = Callable[[str | None], tuple[float, float]]

INF = float("inf")
LEAST_ERROR_RATE = 1e-6


def within_metric(metric: str | None) -> tuple[float, float]:
    """Where the metric itself can lie."""
    found = METRICS[metric or "roc_auc"]
    return found.lowest, found.highest


def within_gain(metric: str | None) -> tuple[float, float]:
    """Where a difference of two of the metric can lie."""
    lowest, highest = within_metric(metric)
    return lowest - highest, highest - lowest


def within_share(_metric: str | None) -> tuple[float, float]:
    """From none to all."""
    return 0.0, 1.0


def within_rows(_metric: str | None) -> tuple[float, float]:
    """A count of at least one."""
    return 1.0, INF


def within_slope(_metric: str | None) -> tuple[float, float]:
    """A rising line."""
    return 0.0, INF


def within_ratio(_metric: str | None) -> tuple[float, float]:
    """So many times as much."""
    return 0.0, INF


def within_loss(_metric: str | None) -> tuple[float, float]:
    """How much may be lost, in whatever is asked about."""
    return -1.0, 0.0


def within_metric_gap(metric: str | None) -> tuple[float, float]:
    """Where the distance of two of the metric can lie."""
    return 0.0, within_gain(metric)[1]


def within_error_rate(_metric: str | None) -> tuple[float, float]:
    """Wrong at most every second time, and never certain."""
    return LEAST_ERROR_RATE, 0.5


def within_money(_metric: str | None) -> tuple[float, float]:
    """At least a cent."""
    return 0.01, INF
