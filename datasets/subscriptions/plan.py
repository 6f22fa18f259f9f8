"""What is asked of the simulator, and its calendar of 30-day months.

Times inside the simulator are whole seconds from midnight UTC of the start date.
Month ``j`` is ``(30 j, 30 j + 30]`` days; the months before the start are the
history that the source already holds when the simulated business begins.
"""

import math
from dataclasses import dataclass
from datetime import date

from churn.ranges import at_least, within

DAY_SECONDS = 86_400
MONTH_DAYS = 30
MONTH_SECONDS = MONTH_DAYS * DAY_SECONDS
HISTORY_MONTHS = 4
MOST_CUSTOMERS = 9_999_999
"""Their numbers have seven digits."""


@dataclass(frozen=True)
class Simulation:
    """One simulated business; equal plans give equal bytes.

    Parameters
    ----------
    seed : int
    n_customers : int in [1, MOST_CUSTOMERS]
        All who ever sign up, from the history to the last day.
    n_days : int
        From ``start``; nothing that becomes known later is delivered.
    start : date
        The first snapshot date. Events reach back 120 days before it.
    shock_date : date or None
        From the first month that begins on or after this date, a competitor
        changes who leaves, and lured customers use the product less. None: it
        never comes.
    """

    seed: int
    n_customers: int
    n_days: int
    start: date
    shock_date: date | None

    def __post_init__(self) -> None:
        """Refuse a business without customers or days."""
        at_least("simulation.seed", self.seed, 0)
        within("simulation.n_customers", self.n_customers, 1, MOST_CUSTOMERS)
        at_least("simulation.n_days", self.n_days, 1)

    @property
    def n_months(self) -> int:
        """Months that begin before the last day."""
        return math.ceil(self.n_days / MONTH_DAYS)
