"""Whether a canary fails, or is slow, more often than the champion beside it.

One bet a rate that may be looked at after every request: its wealth is expected not to
grow as long as the challenger's rate is at most the champion's and a margin, so that it
ever grows beyond 1 / ``error_rate`` with a chance of ``error_rate`` at most (Ville).
Beside the bet on failures there are looks that were planned, which find what is small
beside the champion's own rate. Asked by the server all the time.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from churn.scoring.planned_looks import PlannedLooks

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EXCESSES = np.array([0.003, 0.01, 0.03, 0.1, 0.3, 0.9])
"""How much more often the challenger might fail; each is bet on with its weight."""

WEIGHTS = np.array([1, 4, 2, 1, 1, 1]) / 10
"""Most on one percentage point: what is rarer takes longer, what is more shows soon."""

PRIOR_EVENTS, PRIOR_REQUESTS = 0.5, 50.0
"""What is thought of the champion's rate before it answered anything."""

HIGHEST_RATE = 1 - 1e-6
HALVINGS = 50
FEWEST = 10
"""Requests of either arm in a block. Its end depends on how many came, never on how
they fared."""


@dataclass(frozen=True)
class Counts:
    """Requests that one arm was to answer, and how many of them failed or were slow."""

    n: int
    failed: int
    slow: int

    def since(self, earlier: "Counts") -> "Counts":
        """What was added to an earlier total.

        Examples
        --------
        >>> Counts(9, 2, 1).since(Counts(5, 2, 0))
        Counts(n=4, failed=0, slow=1)
        """
        return Counts(
            self.n - earlier.n, self.failed - earlier.failed, self.slow - earlier.slow
        )

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.n + other.n, self.failed + other.failed, self.slow + other.slow
        )


NOTHING = Counts(0, 0, 0)


@dataclass(frozen=True)
class Watch:
    """When one rate alarms.

    Parameters
    ----------
    margin : float in [0, 1)
        By how much the challenger's rate may be above the champion's.
    error_rate : float in (0, 1)
        The chance of ever alarming where it is not above that.
    """

    margin: float
    error_rate: float


@dataclass(frozen=True)
class GuardPlan:
    """When a canary is ended at once.

    ``looks_error_rate`` is that of all planned looks at failures together.
    """

    failed: Watch
    looks_error_rate: float
    slow: Watch

    @property
    def error_rate(self) -> float:
        """The chance of ever ending a canary that fares as the champion does."""
        return self.failed.error_rate + self.looks_error_rate + self.slow.error_rate


USUAL = GuardPlan(
    failed=Watch(margin=0.0, error_rate=0.002),
    looks_error_rate=0.0046,
    slow=Watch(margin=0.02, error_rate=0.001),
)
"""What every server asks. Speed is noisy on any machine and harms less than errors."""


@dataclass(frozen=True)
class RateBet:
    """A bet that the challenger's rate is above the champion's by more than a margin.

    Several bets may be held side by side: every field may have leading dimensions.

    Parameters
    ----------
    log_wealth : ndarray of shape (..., n_excesses)
        Of the bet on each of ``EXCESSES``, its weight included.
    n, events : ndarray of shape (...,), int
        The champion's requests so far, and those of them that were counted.
    highest : ndarray of shape (...,)
        Logarithm of the highest wealth so far; the start's is 0.
    """

    margin: float
    log_wealth: Floats
    n: Integers
    events: Integers
    highest: Floats

    @classmethod
    def start(cls, margin: float, shape: tuple[int, ...] = ()) -> "RateBet":
        """A wealth of 1, before any request."""
        none = np.zeros(shape, np.int64)
        wealth = np.broadcast_to(np.log(WEIGHTS), (*shape, WEIGHTS.size))
        return cls(margin, wealth, none, none, np.zeros(shape))

    def update(
        self,
        champion: tuple[Integers | int, Integers | int],
        challenger: tuple[Integers | int, Integers | int],
    ) -> "RateBet":
        """Bet on one block of requests of both arms.

        Parameters
        ----------
        champion, challenger : (n, events)
            Requests of the block and those that are counted. How many requests it has
            must not depend on how they fared. A block of one arm alone moves nothing.

        References
        ----------
        Turner, Ly & Grünwald (2024), "Generic E-variables for exact sequential
        k-sample tests that allow for optional stopping", Journal of Statistical
        Planning and Inference 230; with a margin: Turner & Grünwald (2023), "Exact
        anytime-valid confidence intervals for contingency tables and beyond",
        Statistics & Probability Letters 198.
        """
        (n, events), (m, hits) = (
            (np.asarray(k, np.int64) for k in arm) for arm in (champion, challenger)
        )
        believed = (self.events + PRIOR_EVENTS) / (self.n + PRIOR_REQUESTS)
        ours, theirs = _alternatives(believed[..., None], self.margin)
        null = _projected(n[..., None], m[..., None], ours, theirs, self.margin)
        wealth = (
            self.log_wealth
            + _log_ratio(n[..., None], events[..., None], ours, null)
            + _log_ratio(m[..., None], hits[..., None], theirs, null + self.margin)
        )
        return replace(
            self,
            log_wealth=wealth,
            n=self.n + n,
            events=self.events + events,
            highest=np.maximum(self.highest, np.logaddexp.reduce(wealth, axis=-1)),
        )

    def rejects(self, error_rate: float) -> NDArray[np.bool_]:
        """Whether the wealth ever reached 1 / ``error_rate``, so that it is above."""
        return np.asarray(self.highest >= -np.log(error_rate))


@dataclass(frozen=True)
class Guard:
    """What is known of a running canary. Immutable: ``update`` gives the next one.

    ``waiting`` are the counts of either arm that no block has yet.

    Examples
    --------
    >>> guard = Guard.start(USUAL)
    >>> guard.update(Counts(90, 0, 0), Counts(10, 0, 0)).alarm is None
    True
    >>> guard.update(Counts(90, 0, 0), Counts(10, 9, 0)).alarm
    'the challenger fails more often: 9 of 10 requests, the champion 0 of 90'
    """

    plan: GuardPlan
    failed: RateBet
    looks: PlannedLooks
    slow: RateBet
    champion: Counts
    challenger: Counts
    waiting: tuple[Counts, Counts]

    @classmethod
    def start(cls, plan: GuardPlan) -> "Guard":
        """The guard of a canary that has not answered anybody."""
        return cls(
            plan,
            RateBet.start(plan.failed.margin),
            PlannedLooks.start(plan.looks_error_rate),
            RateBet.start(plan.slow.margin),
            NOTHING,
            NOTHING,
            (NOTHING, NOTHING),
        )

    def update(self, champion: Counts, challenger: Counts) -> "Guard":
        """The guard after further requests of both arms, however many or few.

        They are bet on once either arm has ``FEWEST``.
        """
        ours, theirs = self.waiting[0] + champion, self.waiting[1] + challenger
        seen = replace(
            self,
            champion=self.champion + champion,
            challenger=self.challenger + challenger,
            waiting=(ours, theirs),
        )
        if min(ours.n, theirs.n) < FEWEST:
            return seen
        return replace(
            seen,
            looks=self.looks.update(
                (seen.champion.n, seen.champion.failed),
                (seen.challenger.n, seen.challenger.failed),
            ),
            failed=self.failed.update((ours.n, ours.failed), (theirs.n, theirs.failed)),
            slow=self.slow.update((ours.n, ours.slow), (theirs.n, theirs.slow)),
            waiting=(NOTHING, NOTHING),
        )

    @property
    def alarm(self) -> str | None:
        """Why the canary must end, once proven; it is never taken back."""
        is_bet_won = self.failed.rejects(self.plan.failed.error_rate)
        if is_bet_won or self.looks.has_found:
            ours, theirs = self.champion.failed, self.challenger.failed
            return f"the challenger fails more often: {self._told(theirs, ours)}"
        if self.slow.rejects(self.plan.slow.error_rate):
            ours, theirs = self.champion.slow, self.challenger.slow
            return f"the challenger is slow more often: {self._told(theirs, ours)}"
        return None

    def _told(self, theirs: int, ours: int) -> str:
        return (
            f"{theirs:,} of {self.challenger.n:,} requests, the champion {ours:,} of "
            f"{self.champion.n:,}"
        )


def _alternatives(believed: Floats, margin: float) -> tuple[Floats, Floats]:
    """A rate of the champion and one of the challenger for each excess."""
    theirs = np.minimum(believed + margin + EXCESSES, HIGHEST_RATE)
    return np.minimum(believed, theirs - margin), theirs


def _projected(
    n: Integers, m: Integers, ours: Floats, theirs: Floats, margin: float
) -> Floats:
    """The champion's rate of the null hypothesis that is nearest to an alternative.

    Nearest in relative entropy of a whole block; with it the likelihood ratio is an
    E-variable against every pair of rates within the margin. (Proof: that both rates
    move from the nearest point in any direction of the convex null gains nothing to
    first order, so the mean of all requests' expected ratios is at most 1 throughout
    the null, and their product is at most that mean's power.)
    """
    if margin == 0:
        total = np.maximum(n + m, 1)
        return np.asarray((n * ours + m * theirs) / total)
    low, high = np.broadcast_arrays(ours, theirs - margin)
    for _ in range(HALVINGS):
        rate = (low + high) / 2
        other = rate + margin
        slope = n * (rate - ours) / (rate * (1 - rate))
        slope = slope + m * (other - theirs) / (other * (1 - other))
        low, high = np.where(slope < 0, rate, low), np.where(slope < 0, high, rate)
    return np.asarray((low + high) / 2)


def _log_ratio(n: Integers, events: Integers, rate: Floats, null: Floats) -> Floats:
    """How much likelier so many events are at a rate than at another."""
    happened = events * np.log(rate / null)
    return np.asarray(happened + (n - events) * np.log1p((null - rate) / (1 - null)))
