"""A bet against "no better than the margin" that may be looked at after every gain.

Money is bet on each gain before it is seen, at odds that are fair where the mean is
the margin. It then grows twentyfold, ever, with a chance of at most one in twenty
(Ville), whenever and however often one looks.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Floats = NDArray[np.float64]

FRACTIONS = np.sin(np.pi * np.arange(1, 32, 2) / 64) ** 2
"""Shares of the wealth at stake, each with a sixteenth of it: the quantiles of
Beta(1/2, 1/2), by which Cover's universal portfolio weights them. Rare and small gains
want large ones, noisy gains small ones. Below 1, so that no single loss ruins."""

LOWEST = -1 + 1e-6
"""A margin of -1 itself has no odds: only gains that are all -1 agree with it."""

PRECISION = 1e-6
"""Of the limits; they are rounded outwards by it."""

GAINS_AT_ONCE = 1 << 14


@dataclass(frozen=True)
class Bet:
    """How the wealth of 1 stands that was bet against a mean of ``margin`` at most.

    Parameters
    ----------
    mean : float or None
        Of the gains; None where there are none.
    log_e_value : float
        Natural logarithm of the wealth after the last gain.
    highest_log_e_value : float, at least 0
        Of the highest wealth so far, the start included.
    """

    n_gains: int
    mean: float | None
    log_e_value: float
    highest_log_e_value: float

    def rejects(self, error_rate: float) -> bool:
        """Whether the wealth ever reached 1 / ``error_rate``, so that it is above."""
        return bool(self.highest_log_e_value >= -np.log(error_rate))


def bet(gains: Floats, margin: float) -> Bet:
    """Bet on gains in their order that their mean is above ``margin``.

    Where each gain's mean, given those before it, is ``margin`` at most, the chance
    that the bet ever rejects is ``error_rate`` at most. Later gains never take a
    rejection back, and a larger margin never rejects what a smaller one did not.

    Parameters
    ----------
    gains : ndarray of shape (n_gains,), float in [-1, 1]
    margin : float in (-1, 1]

    Returns
    -------
    Bet
        Without gains a wealth of 1, which rejects nothing.

    References
    ----------
    Ville (1939), "Étude critique de la notion de collectif"; Waudby-Smith & Ramdas
    (2023), "Estimating means of bounded random variables by betting", JRSS B 86(1);
    the mixture: Cover & Ordentlich (1996), "Universal portfolios with side
    information", IEEE Transactions on Information Theory 42(2); Orabona & Jun (2021),
    "Tight concentrations and confidence sequences from the regret of universal
    portfolio", arXiv 2110.14099.

    Examples
    --------
    >>> won = bet(np.ones(9), margin=0.0)
    >>> won.rejects(0.05), bet(np.ones(9), margin=0.9).rejects(0.05)
    (True, False)
    """
    last, highest = _log_wealth(gains, max(margin, LOWEST))
    mean = float(np.mean(gains)) if gains.size else None
    return Bet(gains.size, mean, last, highest)


def interval(gains: Floats, *, error_rate: float) -> tuple[float, float]:
    """Limits of the mean, each of which it ever crosses at ``error_rate`` at most.

    The lower one is the largest margin that a bet on the gains rejects, the upper one
    the same for the losses. -1 and 1 without gains. Should the mean drift in time, the
    two may cross: what it was has then been refuted.

    Returns
    -------
    low, high : float in [-1, 1]
    """
    return _lower(gains, error_rate), -_lower(-gains, error_rate)


def _lower(gains: Floats, error_rate: float) -> float:
    goal = -float(np.log(error_rate))

    @cache
    def surplus(margin: float) -> float:
        return _log_wealth(gains, margin)[1] - goal

    if not gains.size:
        return -1.0
    mean = float(np.mean(gains))
    # A limit was always found above the guess; that it must be is proven nowhere.
    guess = max(mean - _reach(gains, goal), LOWEST)
    low = next((m for m in (guess, LOWEST) if surplus(m) > 0), None)
    if low is None:
        return -1.0
    # Above the mean of all where the first gains were better than the later ones.
    high = mean if surplus(mean) < 0 else 1.0
    return max(float(brentq(surplus, low, high, xtol=PRECISION)) - PRECISION, -1.0)


def _reach(gains: Floats, goal: float) -> float:
    """Twice what the best single fraction would need below the mean, roughly."""
    per_gain = goal / gains.size
    return 2 * (float(np.std(gains)) * float(np.sqrt(2 * per_gain)) + 2 * per_gain)


def _log_wealth(gains: Floats, margin: float) -> tuple[float, float]:
    """Logarithm of the wealth after the last gain, and of its highest so far."""
    carried = np.zeros((FRACTIONS.size, 1))
    last, highest = 0.0, 0.0
    for start in range(0, gains.size, GAINS_AT_ONCE):
        odds = (gains[start : start + GAINS_AT_ONCE] + 1) / (margin + 1) - 1
        paths = carried + np.cumsum(np.log1p(FRACTIONS[:, None] * odds), axis=1)
        top = paths.max(axis=0)
        mixed = top + np.log(np.mean(np.exp(paths - top), axis=0))
        carried, last = paths[:, -1:], float(mixed[-1])
        highest = max(highest, float(mixed.max()))
    return last, highest
