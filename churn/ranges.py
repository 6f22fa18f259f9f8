"""Ranges of numbers in a configuration; NaN and infinities lie in none."""

import math

from churn.errors import ConfigError


def at_least(key: str, value: float, least: float) -> None:
    """Refuse a number below ``least``.

    Raises
    ------
    ConfigError

    Examples
    --------
    >>> at_least("search.trials", 1, 1)
    >>> at_least("search.trials", 0, 1)
    Traceback (most recent call last):
    churn.errors.ConfigError: search.trials: expected at least 1, found 0
    """
    # Comparisons, unlike math.isfinite, also take integers beyond any float.
    if not least <= value < math.inf:
        raise ConfigError(f"{key}: expected at least {least}, found {value}")


def within(
    key: str,
    value: float,
    low: float,
    high: float,
    *,
    low_excluded: bool = False,
    high_excluded: bool = False,
) -> None:
    """Refuse a number outside ``[low, high]``, or at a bound that is excluded.

    Raises
    ------
    ConfigError

    Examples
    --------
    >>> within("economics.acceptance_rate", 1, 0, 1)
    >>> within("stratified_split.test_share", 1, 0, 1, high_excluded=True)
    Traceback (most recent call last):
    churn.errors.ConfigError: stratified_split.test_share: expected at least 0 and \
less than 1, found 1
    """
    at_bound = (low_excluded and value == low) or (high_excluded and value == high)
    if at_bound or not low <= value <= high:
        lower = f"more than {low}" if low_excluded else f"at least {low}"
        upper = f"less than {high}" if high_excluded else f"at most {high}"
        raise ConfigError(f"{key}: expected {lower} and {upper}, found {value}")
