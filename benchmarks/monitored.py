"""A simulated business whose model is watched: what is true, and a day's counts.

Customers differ by four features, a share of each of two slices' groups, and what no
model sees. A model scores by the features; its calibrator is fitted on a finite window,
so that its probabilities are as wrong as such are. The week has a season: at weekends
fewer customers are scored, and others. A day is a multinomial draw.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

from churn.monitoring.grid import N_BINS, score_bins
from churn.monitoring.scores import LABELLED, ScoreCounts
from churn.scoring.decision import Economics, expected_net_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ECONOMICS = Economics(offer_eur=15.0, contact_eur=1.0, acceptance_rate=0.3)
POINTS = np.linspace(-6.0, 6.0, 601)
"""Of the score's linear part, at which the population is known exactly."""

PRECISION = 1e-9
UNSEEN = 0.7
"""Spread of what the model does not see, in log-odds."""

VALUES = np.exp(norm.ppf((np.arange(200) + 0.5) / 200) * 0.6 + np.log(180))
"""What customers are worth, EUR a year: independent of how likely they leave."""

GROUPS = {
    "plan=basic": (0.6, -0.05),
    "plan=premium": (0.4, 0.08),
    "region=east": (0.3, 0.1),
    "region=west": (0.7, -0.04),
}
"""Each with its share of the customers, and how its risk lies off the others'."""

FEATURES = {"logins": 0.5, "tickets": 0.5, "tenure": 0.5, "failed_payments": 0.5}
"""Each with how strongly it moves with the linear part."""

EDGES = norm.ppf(np.arange(1, 10) / 10)
QUANTILES, WEIGHTS = np.polynomial.hermite_e.hermegauss(31)


@dataclass(frozen=True)
class World:
    """What is true of customers and their churn.

    Parameters
    ----------
    intercept, slope : float
        Log-odds of churn by the linear part, before what nobody sees.
    mean, spread : float
        Of the linear part over customers.
    weekend_shift : float
        How far weekends' customers lie off the others.
    weekend_share : float
        Customers of a weekend day, of those of another.
    """

    intercept: float = -2.6
    slope: float = 1.0
    mean: float = 0.0
    spread: float = 1.0
    weekend_shift: float = 0.05
    weekend_share: float = 0.6

    def churn(self) -> Floats:
        """The true churn rate at each of ``POINTS``."""
        log_odds = self.intercept + self.slope * POINTS[:, None] + UNSEEN * QUANTILES
        return expit(log_odds) @ WEIGHTS / WEIGHTS.sum()

    def shares(self, *, is_weekend: bool, shift: float = 0.0) -> Floats:
        """Share of the customers at each of ``POINTS``."""
        mean = self.mean + shift + self.weekend_shift * is_weekend
        density = norm.pdf(POINTS, mean, self.spread)
        return density / density.sum()

    def roc_auc(self) -> float:
        """The best that a score by the linear part reaches, on a weekday."""
        shares, churn = self.shares(is_weekend=False), self.churn()
        churners, loyal = shares * churn, shares * (1 - churn)
        below = np.cumsum(loyal) - loyal / 2
        return float(churners @ below / churners.sum() / loyal.sum())


QUIET = World()


@cache
def shifted_to(loss: float, by: str) -> World:
    """The quiet world after a loss of this much ROC-AUC.

    Parameters
    ----------
    by : {"spread", "slope"}
        Customers become alike, their churn as before (covariate shift); or what the
        score says of churn weakens (concept drift).
    """
    low, high = 0.2, 1.0
    goal = QUIET.roc_auc() - loss
    while high - low > PRECISION:
        middle = (low + high) / 2
        world = replace(QUIET, **{by: middle})
        low, high = (low, middle) if world.roc_auc() > goal else (middle, high)
    return replace(QUIET, **{by: low})


@dataclass(frozen=True, eq=False)
class Model:
    """Probabilities at each of ``POINTS``, as a finite calibration window gave them."""

    probability: Floats

    @classmethod
    def fitted(cls, world: World, n: int, rng: np.random.Generator) -> "Model":
        """From a draw of n customers and their labels."""
        rows = rng.multinomial(n, world.shares(is_weekend=False))
        return cls._through(POINTS, rows, rng.binomial(rows, world.churn()))

    @classmethod
    def of(cls, risk: Floats, is_churn: NDArray[np.bool_]) -> "Model":
        """From rows: their linear parts and labels."""
        return cls._through(risk, np.ones(risk.size), is_churn)

    @classmethod
    def _through(
        cls, risk: Floats, rows: NDArray[Any], churners: NDArray[Any]
    ) -> "Model":
        """Logistic regression, by Newton's method."""
        powers = np.stack([np.ones_like(risk), risk])
        line = np.array([-2.5, 0.8])
        for _ in range(20):
            p = expit(line @ powers)
            curvature = (powers * rows * p * (1 - p)) @ powers.T
            line = line + np.linalg.solve(curvature, powers @ (churners - rows * p))
        return cls(expit(line @ np.stack([np.ones_like(POINTS), POINTS])))


@dataclass(frozen=True, eq=False)
class Cells:
    """The population of a day in the bins of the grid: what its counts are drawn from.

    Arrays of shape (N_BINS,): shares of the customers, their mean probability and its
    mean square, true churn rate, share contacted, mean and variance of the expected net
    value of the contacted, and of what a contacted churner is worth.
    """

    share: Floats
    p: Floats
    p_square: Floats
    churn: Floats
    contacted: Floats
    net: Floats
    net_variance: Floats
    worth: Floats

    @classmethod
    def of(cls, model: Model, shares: Floats, churn: Floats) -> "Cells":
        """Of a population at ``POINTS``."""
        place = score_bins(model.probability)
        p = model.probability

        def mean(values: Floats, weights: Floats) -> Floats:
            total = np.bincount(place, weights, minlength=N_BINS)
            found = np.bincount(place, weights * values, minlength=N_BINS)
            return np.divide(found, total, out=np.zeros(N_BINS), where=total > 0)

        net = expected_net_value(p[:, None], VALUES, ECONOMICS)
        is_contacted = net > 0
        share = is_contacted.mean(axis=1)
        some = np.maximum(is_contacted.sum(axis=1), 1)
        net_mean = (net * is_contacted).sum(axis=1) / some
        net_square = (net**2 * is_contacted).sum(axis=1) / some
        worth = (VALUES * is_contacted).sum(axis=1) / some
        of_contacted = shares * share
        means = mean(net_mean, of_contacted)
        return cls(
            share=np.bincount(place, shares, minlength=N_BINS).astype(np.float64),
            p=mean(p, shares),
            p_square=mean(p**2, shares),
            churn=mean(churn, shares),
            contacted=np.clip(mean(share, shares), 0.0, 1.0),
            net=means,
            net_variance=np.maximum(mean(net_square, of_contacted) - means**2, 0.0),
            worth=mean(worth, of_contacted),
        )

    def draw(
        self, n: Ints, rng: np.random.Generator, *, is_labelled: bool
    ) -> ScoreCounts:
        """Counts of several days, of n customers each, shape (n_days, N_BINS)."""
        rows = rng.multinomial(n, self.share)
        contacted = rng.binomial(rows, self.contacted)
        noise = rng.normal(size=rows.shape) * np.sqrt(self.net_variance * contacted)
        return ScoreCounts(
            n=rows,
            p_sum=rows * self.p,
            p_square_sum=rows * self.p_square,
            n_contacted=contacted,
            p_contacted_sum=contacted * self.p,
            net_sum_eur=contacted * self.net + noise,
            net_square_sum_eur=contacted * (self.net**2 + self.net_variance),
            **self._labels(rows, contacted, rng, is_labelled=is_labelled),
        )

    def _labels(
        self,
        rows: Ints,
        contacted: Ints,
        rng: np.random.Generator,
        *,
        is_labelled: bool,
    ) -> dict[str, Any]:
        if not is_labelled:
            return dict.fromkeys(LABELLED)
        caught = rng.binomial(contacted, self.churn)
        others = rng.binomial(rows - contacted, self.churn)
        one = np.ones(N_BINS)
        kept = expected_net_value(one, self.worth, ECONOMICS)
        lost = expected_net_value(0 * one, self.worth, ECONOMICS)
        left_alone = contacted - caught
        return {
            "n_churners": caught + others,
            "n_contacted_churners": caught,
            "realised_net_sum_eur": caught * kept + left_alone * lost,
            "realised_net_square_sum_eur": caught * kept**2 + left_alone * lost**2,
        }
