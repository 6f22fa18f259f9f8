"""Looks at all requests so far, at numbers of them that are planned beforehand.

A bet that may be read at any time pays for that. Who looks only now and then finds
more of what is small: both side by side find what is large soon and what is small too.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

FIRST_LOOK = 2000
"""Requests of the challenger; each further look comes at twice as many."""

FIRST_SHARE = 0.85
"""Of the error rate that the first look may use; the next has as much of the rest."""


@dataclass(frozen=True)
class PlannedLooks:
    """Whether the challenger's rate was ever found above the champion's at a look.

    Each look is Fisher's exact test, with a part of ``error_rate`` of its own. So the
    chance of ever finding what is not there is at most their sum. It asks, as a bet
    does, that one request fails independently of another, and that when to look
    depends on how many came, not on how they fared.

    Parameters
    ----------
    n_done : int
        Looks that were taken.

    Examples
    --------
    >>> looks = PlannedLooks.start(0.01)
    >>> looks.update((17_000, 170), (1_900, 90)).n_done
    0
    >>> looks.update((18_000, 180), (2_000, 36)).has_found
    True
    """

    error_rate: float
    n_done: int
    has_found: bool

    @classmethod
    def start(cls, error_rate: float) -> "PlannedLooks":
        """Before the first."""
        return cls(error_rate, 0, has_found=False)

    def is_due(self, n: int) -> bool:
        """Whether it is time to look, after so many requests of the challenger."""
        return n >= FIRST_LOOK << self.n_done

    def update(
        self, champion: tuple[int, int], challenger: tuple[int, int]
    ) -> "PlannedLooks":
        """Look, if it is time to.

        Parameters
        ----------
        champion, challenger : (n, events)
            All requests so far, and those that are counted.
        """
        if not self.is_due(challenger[0]):
            return self
        level = self.error_rate * FIRST_SHARE * (1 - FIRST_SHARE) ** self.n_done
        is_above = chance_of_more(champion, challenger) <= level
        return replace(
            self, n_done=self.n_done + 1, has_found=self.has_found or is_above
        )


def chance_of_more(champion: tuple[int, int], challenger: tuple[int, int]) -> float:
    """How likely the challenger has so many of all events, where both rates are equal.

    The upper tail of the hypergeometric distribution: Fisher's exact test.

    Parameters
    ----------
    champion, challenger : (n, events)
    """
    (n, events), (m, hits) = champion, challenger
    total = events + hits
    more = np.arange(hits, min(m, total))
    steps = np.log((total - more) * (m - more)) - np.log(
        (more + 1) * (n - total + more + 1)
    )
    first = _log_choices(m, hits) + _log_choices(n, events) - _log_choices(n + m, total)
    tail = first + np.concatenate([[0.0], np.cumsum(steps)])
    return min(float(np.exp(np.logaddexp.reduce(tail))), 1.0)


def _log_choices(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
