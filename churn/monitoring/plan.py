"""What may page, how often by mistake, and what is tolerated; parsed strictly."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from churn.errors import ConfigError
from churn.gates.fields import is_number, require_keys, wrong

TESTS = (
    "estimated_ranking",
    "matured_ranking",
    "matured_calibration",
    "matured_net_value",
    "slices",
    "volume",
    "quality",
)
"""What an alarm can come from; ``slices`` are all groups' rankings together."""

TOLERANCES = {
    "roc_auc": (0.0, 0.5),
    "slice_roc_auc": (0.0, 0.5),
    "churn_rate_ratio": (0.0, 10.0),
    "net_value_share": (0.0, 10.0),
    "volume_share": (0.0, 1.0),
    "quality_share": (0.0, 1.0),
    "psi": (0.0, 10.0),
}
"""Each with the smallest and the largest value that means anything."""

KEYS = (
    "window_days",
    "test_windows_days",
    "looks_a_year",
    "false_alarms_a_year",
    "reference_share",
    "shares",
    "tolerances",
    "drift_error_rate",
    "fewest_rows",
    "fewest_churners",
    "least_seen_share",
    "most_unsupported_share",
)


@dataclass(frozen=True, kw_only=True)
class MonitoringPlan:
    """What is watched, and what an alarm takes.

    Parameters
    ----------
    window_days : int
        Days of scores that a look shows.
    test_windows_days : tuple of int
        Trailing windows that every test is made on, each day.
    looks_a_year : int
        Days of a year on which one looks.
    false_alarms_a_year : float in (0, 1)
        The chance of any false alarm within a quiet year, by all tests together.
    reference_share : float in (0, 1)
        Of each test's error rate, what goes to the error of the reference itself.
    shares : mapping of str to float
        How the error rate is shared out among ``TESTS``; 0 silences one.
    tolerances : mapping of str to float
        What is nobody's concern: ROC-AUC lost overall and in a slice, churn beyond
        what was expected as a share of that, net value short of what was promised as
        a share of that, volume missing, rows with a fault more than usual, and PSI.
    drift_error_rate : float in (0, 1)
        The chance that anything is called drift within a quiet year. Drift explains
        and is no alarm.
    fewest_rows, fewest_churners : int
        Customers, and churners expected or seen, below whom nothing is tested.
    least_seen_share : float in (0, 1]
        Of a cohort's churners, how many must have had the time to leave before what is
        still missing is allowed for.
    most_unsupported_share : float in [0, 1]
        Of today's customers, how many may have scores or values that the reference has
        hardly seen, before the estimates are not relied upon.
    """

    window_days: int
    test_windows_days: tuple[int, ...]
    looks_a_year: int
    false_alarms_a_year: float
    reference_share: float
    shares: Mapping[str, float]
    tolerances: Mapping[str, float]
    drift_error_rate: float
    fewest_rows: int
    fewest_churners: int
    least_seen_share: float
    most_unsupported_share: float

    def error_rate(self, test: str) -> float:
        """What one of ``TESTS`` may take of a year's false alarms."""
        return self.false_alarms_a_year * self.shares[test]


def parse_monitoring(found: Mapping[str, Any], where: str) -> MonitoringPlan:
    """Read the section ``monitoring`` of a configuration.

    Parameters
    ----------
    found : mapping
        The section's keys and values.
    where : str
        What errors call it.

    Raises
    ------
    ConfigError
        For an unknown or missing key, or a value that cannot be.
    """
    if not isinstance(found, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {found!r}")
    require_keys(found, KEYS, where)
    plan = MonitoringPlan(
        window_days=_count(found, "window_days", where),
        test_windows_days=_windows(found, where),
        looks_a_year=_count(found, "looks_a_year", where),
        false_alarms_a_year=_rate(found, "false_alarms_a_year", where),
        reference_share=_rate(found, "reference_share", where),
        shares=_numbers(found, "shares", dict.fromkeys(TESTS, (0.0, 1.0)), where),
        tolerances=_numbers(found, "tolerances", TOLERANCES, where),
        drift_error_rate=_rate(found, "drift_error_rate", where),
        fewest_rows=_count(found, "fewest_rows", where),
        fewest_churners=_count(found, "fewest_churners", where),
        least_seen_share=_rate(found, "least_seen_share", where),
        most_unsupported_share=_rate(found, "most_unsupported_share", where),
    )
    if round(math.fsum(plan.shares.values()), 9) > 1:
        total = math.fsum(plan.shares.values())
        raise wrong(where, "shares", f"a sum of {total:g}", "at most 1 together")
    return plan


def _count(found: Mapping[str, Any], key: str, where: str) -> int:
    value = found[key]
    if not is_number(value) or value != int(value) or value < 1:
        raise wrong(where, key, value, "a whole number of at least 1")
    return int(value)


def _rate(found: Mapping[str, Any], key: str, where: str) -> float:
    value = found[key]
    if not is_number(value) or not 0 < value < 1:
        raise wrong(where, key, value, "a number above 0 and below 1")
    return float(value)


def _windows(found: Mapping[str, Any], where: str) -> tuple[int, ...]:
    key = "test_windows_days"
    value = found[key]
    if not isinstance(value, list) or not value or value != sorted(set(value)):
        raise wrong(where, key, value, "a list of different days, ascending")
    return tuple(_count({key: days}, key, where) for days in value)


def _numbers(
    found: Mapping[str, Any],
    key: str,
    possible: Mapping[str, tuple[float, float]],
    where: str,
) -> dict[str, float]:
    values = found[key]
    if not isinstance(values, Mapping):
        raise wrong(where, key, values, "keys and values")
    require_keys(values, possible, f"{where}, {key}")
    for name, (low, high) in possible.items():
        if not is_number(values[name]) or not low <= values[name] <= high:
            expected = f"a number from {low:g} to {high:g}"
            raise wrong(f"{where}, {key}", name, values[name], expected)
    return {name: float(values[name]) for name in possible}
