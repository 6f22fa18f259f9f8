"""What is asked of the simulator, and its calendar of 30-day months.

Times inside the simulator are whole seconds from midnight UTC of the start date.
Month ``j`` is ``(30 j, 30 j + 30]`` days; the months before the start are the
history that the source already holds when the simulated business begins.
"""

import math
from dataclasses import dataclass
from datetime import date

DAY_SECONDS = 86_400
MONTH_DAYS = 30
MONTH_SECONDS = MONTH_DAYS * DAY_SECONDS
HISTORY_MONTHS = 4


@dataclass(frozen=True)
class Simulation:
    """One simulated business; equal plans give equal bytes.

    Parameters
    ----------
    seed : int
    n_customers : int
        All who ever sign up, from the history to the last day.
    n_days : int
        From ``start``; nothing that becomes known later is delivered.
    start : date
        The first snapshot date. Events reach back 120 days before it.
    shock_date : date or None
        From the first month that begins on or after this date, a competitor
        changes who leaves. None: it never comes.
    """

    seed: int
    n_customers: int
    n_days: int
    start: date
    shock_date: date | None

    @property
    def n_months(self) -> int:
        """Months that begin before the last day."""
        return math.ceil(self.n_days / MONTH_DAYS)
