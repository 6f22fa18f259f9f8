"""When a loss that is looked at every day is more than chance and more than tolerated.

The days are dependent: the same customers are scored every night, and the label windows
of neighbouring days overlap. Evidence of several days must therefore not be multiplied.
Instead every look at every window is a test of its own, and all looks of a year share
its error rate: the chance that any of several tests errs is at most the sum of theirs,
whatever their dependence (Bonferroni).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Budget:
    """What one test, or a family of like tests, may err within a year.

    Parameters
    ----------
    error_rate : float
        Chance of any false alarm within a quiet year, all tests of the family together.
    n_tests : int
        Of the family, at least 1.
    n_looks : int
        Looks of a year, each at every window: days times windows.
    reference_share : float
        Of the error rate, what goes to the error of the reference: one draw for as
        long as the model lives, so that it is spent once and not at every look.
    """

    error_rate: float
    n_tests: int
    n_looks: int
    reference_share: float

    @property
    def threshold(self) -> float:
        """Standard errors beyond which a look is an alarm."""
        spent = self.error_rate * (1 - self.reference_share)
        return _quantile(spent / (self.n_tests * self.n_looks))

    @property
    def reference_threshold(self) -> float:
        """Standard errors of the reference that are allowed for; 0 for no share."""
        if self.reference_share == 0:
            return 0.0
        return _quantile(self.error_rate * self.reference_share / self.n_tests)


def statistic(loss: Floats, error: Floats, allowed: Floats) -> Floats:
    """Standard errors by which losses exceed what is allowed; NaN where unknown.

    An alarm where it is above ``Budget.threshold``. Where ``allowed`` is what is
    tolerated and ``Budget.reference_threshold`` standard errors of the reference, the
    true loss is tolerated and errors are normal, the chance that any look of a year is
    an alarm is ``Budget.error_rate`` at most, for all tests of the family together.

    Parameters
    ----------
    loss, error : ndarray
        Estimates, and the standard errors of what is looked at.
    allowed : ndarray

    References
    ----------
    Podkopaev & Ramdas (2022), "Tracking the risk of a deployed model and detecting
    harmful distribution shifts", ICLR, arXiv 2110.06177: the risk of production
    against that of the source and a tolerance, with an error rate for either.

    Examples
    --------
    >>> statistic(np.array([0.05]), np.array([0.01]), np.array([0.02])).round(6)
    array([3.])
    """
    found: Floats = np.full(np.shape(loss), np.nan)
    return np.divide(loss - allowed, error, out=found, where=error > 0)


def began(losses: Sequence[float], tolerance: float) -> int | None:
    """Which day a loss began on: the first after the cumulated excess was last at zero.

    Parameters
    ----------
    losses : sequence of float
        Day by day; NaN where nothing is known, which changes nothing.
    tolerance : float
        Half of it is what a day must exceed to count against the model.

    Returns
    -------
    int or None
        The position; None where the excess is at zero after the last day.

    References
    ----------
    Page (1954), "Continuous inspection schemes", Biometrika 41; the last zero as
    the estimate of the change: Hinkley (1971), Biometrika 58.

    Examples
    --------
    >>> began([0.0, 0.01, 0.05, 0.06, 0.05], tolerance=0.02)
    2
    >>> began([0.05, 0.0, -0.2], tolerance=0.02) is None
    True
    """
    total, first = 0.0, None
    for place, loss in enumerate(losses):
        if np.isnan(loss):
            continue
        total = max(0.0, total + loss - tolerance / 2)
        first = None if total == 0 else place if first is None else first
    return first


def _quantile(error_rate: float) -> float:
    """The normal quantile that is exceeded at this rate; infinite at a rate of 0."""
    return float(-ndtri(error_rate)) if error_rate > 0 else float("inf")
