"""Events of one table as columns of equal length, before they become a frame."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.subscriptions.plan import DAY_SECONDS, HISTORY_MONTHS, MONTH_SECONDS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LATE_SHARE = 0.03
LATE_DAYS = 6


@dataclass(frozen=True)
class Events:
    """Who, when, known when, and the table's own columns.

    ``number`` tells events apart; versions of one event share it.
    """

    number: Ints
    customer: Ints
    seconds: Ints
    known: Ints
    values: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.seconds)

    def keep(self, rows: Flags | Ints) -> "Events":
        """The events where ``rows`` holds, or at the positions it lists."""
        return Events(
            self.number[rows],
            self.customer[rows],
            self.seconds[rows],
            self.known[rows],
            {name: values[rows] for name, values in self.values.items()},
        )

    def having(self, **values: NDArray[Any]) -> "Events":
        """The events with further or other columns."""
        return replace(self, values={**self.values, **values})


def at(customer: Ints, seconds: Ints, known: Ints) -> Events:
    """Events at given moments, numbered in the given order."""
    return Events(np.arange(len(seconds)), customer, seconds, known, {})


def scatter(rng: np.random.Generator, counts: Ints, signup: Ints) -> tuple[Ints, Ints]:
    """Customers and moments of events, uniform in each month of (customer, month)."""
    n_months = counts.shape[1]
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    customer, month = np.divmod(cell, n_months)
    seconds = rng.integers(1, MONTH_SECONDS, size=len(cell), endpoint=True)
    seconds += (month - HISTORY_MONTHS) * MONTH_SECONDS
    after_signup = seconds > signup[customer]
    return customer[after_signup], seconds[after_signup]


def nightly(rng: np.random.Generator, seconds: Ints) -> Ints:
    """Known at the next midnight, when the source is loaded; some days later."""
    return -(-seconds // DAY_SECONDS) * DAY_SECONDS + _days_late(rng, len(seconds))


def promptly(rng: np.random.Generator, seconds: Ints) -> Ints:
    """Known within a quarter of an hour; some days later."""
    lag = rng.integers(1, 900, size=len(seconds))
    return seconds + lag + _days_late(rng, len(seconds))


def _days_late(rng: np.random.Generator, n: int) -> Ints:
    days = rng.integers(1, LATE_DAYS, size=n, endpoint=True)
    return np.where(rng.random(n) < LATE_SHARE, days * DAY_SECONDS, 0)


def with_corrections(
    rng: np.random.Generator, events: Events, column: str, *, share: float
) -> Events:
    """Some events once more, known up to ten days later, with a smaller value."""
    # A value of 1 has no smaller one; 0 says there was nothing to measure.
    is_wrong = (rng.random(len(events)) < share) & (events.values[column] > 1)
    wrong = events.keep(is_wrong)
    n = len(wrong)
    kept = rng.uniform(0.5, 0.95, size=n)
    value = np.maximum(1, (wrong.values[column] * kept).astype(np.int64))
    later = rng.integers(1, 10 * DAY_SECONDS, size=n, endpoint=True)
    right = replace(wrong, known=wrong.known + later).having(**{column: value})
    return joined(events, right)


def joined(first: Events, second: Events) -> Events:
    """One after the other."""
    return Events(
        np.concatenate([first.number, second.number]),
        np.concatenate([first.customer, second.customer]),
        np.concatenate([first.seconds, second.seconds]),
        np.concatenate([first.known, second.known]),
        {
            name: np.concatenate([values, second.values[name]])
            for name, values in first.values.items()
        },
    )


def month_of(seconds: Ints) -> Ints:
    """Position of each moment's month in the simulation's calendar."""
    return (seconds - 1) // MONTH_SECONDS + HISTORY_MONTHS
