"""Checks what a bundle says of who churned by score: counts and sums in bins."""

import sys
from collections.abc import Mapping
from typing import Any

COUNTS = ("n", "n_contacted", "n_churners", "n_contacted_churners")
PARTS = (
    ("n", "n_churners"),
    ("n", "n_contacted"),
    ("n_churners", "n_contacted_churners"),
    ("n_contacted", "n_contacted_churners"),
)
SUMS = (
    "p_sum",
    "p_square_sum",
    "p_contacted_sum",
    "net_sum_eur",
    "net_square_sum_eur",
    "realised_net_sum_eur",
    "realised_net_square_sum_eur",
)
MOST_BINS = 10_000
MOST_GROUPS = 10_000
MOST_CHARACTERS = 10_000
MOST_ROWS = 2**53


def check_outcomes(profiles: Mapping[str, Any]) -> None:
    """Refuse counts that later days cannot be compared with.

    Raises
    ------
    LookupError, TypeError, ValueError, AttributeError
        Saying what is wrong.
    """
    n_bins = profiles["grid"]["n_bins"]
    if not _is_count(n_bins) or not 0 < n_bins <= MOST_BINS:
        raise ValueError("grid.n_bins: no number of bins")
    if not _is_number(profiles["grid"]["most_log_odds"]):
        raise ValueError("grid.most_log_odds: no number")
    groups = profiles["slices"]
    if len(groups) > MOST_GROUPS or any(len(g) > MOST_CHARACTERS for g in groups):
        raise ValueError("slices: too many, or of too long a name")
    for scores in (profiles["scores"], *groups.values()):
        _check_scores(scores, n_bins)


def _check_scores(scores: Mapping[str, Any], n_bins: int) -> None:
    bins = scores["bins"]
    if not all(_is_count(place) and place < n_bins for place in bins):
        raise ValueError("bins: one that is none of the grid's")
    if bins != sorted(set(bins)):
        raise ValueError("bins: they do not ascend")
    for names, is_such in ((COUNTS, _is_count), (SUMS, _is_number)):
        for name in names:
            values = scores[name]
            if len(values) != len(bins) or not all(map(is_such, values)):
                raise ValueError(f"{name}: not one figure a bin")
    for total, part in PARTS:
        if any(p > t for t, p in zip(scores[total], scores[part], strict=True)):
            raise ValueError(f"{part}: more than {total}")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST_ROWS


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and abs(value) <= sys.float_info.max
