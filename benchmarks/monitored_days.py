"""Days of the simulated business, drawn all at once, and as what monitoring reads.

Windows of all days of a year are made from running sums, so that a year takes a second;
a test holds their alarms against those of the look that the pipeline makes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from benchmarks.monitored import (
    ECONOMICS,
    EDGES,
    FEATURES,
    GROUPS,
    QUIET,
    Cells,
    Model,
    World,
)
from churn.monitoring.churn_sums import ChurnSums, expected, known, stacked
from churn.monitoring.day import UNNAMED, DayProfile
from churn.monitoring.losses import Rows
from churn.monitoring.reference import Reference
from churn.monitoring.scores import ScoreCounts
from churn.monitoring.sketch import CustomerSketch
from churn.monitoring.windows import EVERYONE
from churn.profiles import Profile
from churn.scoring.inputs import InputSchema

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

START = date(2026, 1, 1)
SATURDAY = 5
VOLUME_NOISE = 0.05
"""Spread of the logarithm of a day's customers about its weekday's usual."""

ORDER = (EVERYONE, *sorted(GROUPS))
SHA = "5" * 64


@dataclass(frozen=True, eq=False)
class Days:
    """Days that are drawn, one after the other from ``START``.

    Parameters
    ----------
    scores : mapping of group to ScoreCounts, arrays of shape (n_days, N_BINS)
    features : mapping of name to ndarray of shape (n_days, n_bins)
    """

    scores: Mapping[str, ScoreCounts]
    features: Mapping[str, Ints]

    @property
    def n(self) -> Ints:
        """Customers of each day."""
        return self.scores[EVERYONE].n.sum(axis=1)

    def counts(self, group: str, number: int) -> ScoreCounts:
        """One day's."""
        found: dict[str, Any] = vars(self.scores[group])
        return ScoreCounts(**{name: part[number] for name, part in found.items()})

    def profile(self, number: int) -> DayProfile:
        """One day as it is stored."""
        n = int(self.n[number])
        return DayProfile(
            day=day_of(number),
            source="batch",
            model="subscriptions",
            version="1",
            bundle_sha256=SHA,
            n=n,
            customers=CustomerSketch(np.empty(0, np.uint64)),
            features={k: profile(v[number]) for k, v in self.features.items()},
            score=profile(np.array([n])),
            scores=self.counts(EVERYONE, number),
            slices={name: self.counts(name, number) for name in ORDER[1:]},
            quality={UNNAMED: n},
        )


@dataclass(frozen=True, eq=False)
class Watched:
    """A model of the quiet business, and the reference in its bundle."""

    model: Model
    reference: Reference

    @classmethod
    def started(
        cls, n_train: int, n_calibration: int, rng: np.random.Generator
    ) -> "Watched":
        """Trained on so many customers, its calibrator fitted on so many others."""
        model = Model.fitted(QUIET, n_calibration, rng)
        sizes = np.array([n_calibration])
        counts = _scores(model, QUIET, sizes, rng, is_weekend=False, is_labelled=True)
        drawn = _features(QUIET, np.array([n_train]), rng, is_weekend=False)
        first = Days(counts, drawn)
        reference = Reference(
            bundle_sha256=SHA,
            economics=ECONOMICS,
            features={name: profile(v[0]) for name, v in drawn.items()},
            score=profile(sizes),
            scores=first.counts(EVERYONE, 0),
            slices={name: first.counts(name, 0) for name in ORDER[1:]},
            n_training_customers=n_train,
            n_calibration_customers=n_calibration,
            inputs=InputSchema.of({"features": []}),
            lacks=(),
        )
        return cls(model, reference)

    def days(
        self,
        world: World,
        n_days: int,
        n_a_day: int,
        rng: np.random.Generator,
        *,
        first: int = 0,
    ) -> Days:
        """So many days, with labels, from the day of this number on."""
        at_weekend = np.array(
            [day_of(first + k).weekday() >= SATURDAY for k in range(n_days)]
        )
        usual = n_a_day * np.where(at_weekend, world.weekend_share, 1.0)
        n = rng.poisson(usual * np.exp(VOLUME_NOISE * rng.normal(size=n_days)))
        place = np.argsort(np.argsort(at_weekend, kind="stable"), kind="stable")
        parts = [
            Days(
                _scores(
                    self.model,
                    world,
                    n[at_weekend == is_weekend],
                    rng,
                    is_weekend=is_weekend,
                    is_labelled=True,
                ),
                _features(
                    world, n[at_weekend == is_weekend], rng, is_weekend=is_weekend
                ),
            )
            for is_weekend in (False, True)
        ]
        return _rearranged(joined(parts), place)


def joined(parts: Sequence[Days]) -> Days:
    """Days one after the other."""
    names = [field.name for field in fields(ScoreCounts)]
    return Days(
        {
            group: ScoreCounts(
                **{
                    k: np.concatenate([getattr(p.scores[group], k) for p in parts])
                    for k in names
                }
            )
            for group in ORDER
        },
        {k: np.concatenate([p.features[k] for p in parts]) for k in FEATURES},
    )


def windows(days: Days, length: int) -> tuple[Rows, Rows]:
    """Every day's trailing window by probabilities, and by labels.

    Arrays of shape (n_days, n_groups, n_used_bins); bins that nobody is in are left
    out. Every row is another customer's, as it was drawn.
    """
    promised, labelled = (
        stacked([of(days.scores[name]) for name in ORDER]) for of in (expected, known)
    )
    is_used = np.asarray(promised.n.any(axis=(0, 1)))
    return _trailing(promised, length, is_used), _trailing(labelled, length, is_used)


def profile(counts: Ints) -> Profile:
    """A feature's profile of these counts."""
    edges = EDGES.tolist() if counts.size > 1 else []
    n = int(counts.sum())
    return Profile("number", n, 0, edges, [], counts.tolist(), 0)


def day_of(number: int) -> date:
    """The date of a day."""
    return START + timedelta(days=number)


def _scores(
    model: Model,
    world: World,
    n: Ints,
    rng: np.random.Generator,
    *,
    is_weekend: bool,
    is_labelled: bool,
) -> dict[str, ScoreCounts]:
    churn = world.churn()
    sizes = {EVERYONE: (1.0, 0.0), **GROUPS}
    return {
        group: Cells.of(
            model, world.shares(is_weekend=is_weekend, shift=sizes[group][1]), churn
        ).draw((n * sizes[group][0]).astype(np.int64), rng, is_labelled=is_labelled)
        for group in ORDER
    }


def _features(
    world: World, n: Ints, rng: np.random.Generator, *, is_weekend: bool
) -> dict[str, Ints]:
    """Counts of the features: each in part the linear part, the rest its own."""
    mean = world.mean + world.weekend_shift * is_weekend
    found = {}
    for name, weight in FEATURES.items():
        spread = np.sqrt(1 - weight**2 * (1 - world.spread**2))
        below = norm.cdf(EDGES, weight * mean, spread)
        found[name] = rng.multinomial(n, np.diff(below, prepend=0.0, append=1.0))
    return found


def _rearranged(days: Days, place: NDArray[np.intp]) -> Days:
    return Days(
        {
            group: ScoreCounts(**{k: v[place] for k, v in vars(counts).items()})
            for group, counts in days.scores.items()
        },
        {name: counts[place] for name, counts in days.features.items()},
    )


def _trailing(sums: ChurnSums, length: int, is_used: NDArray[np.bool_]) -> Rows:
    """Groups second, then running sums over the days."""
    found = []
    for part in vars(sums).values():
        total = np.cumsum(np.moveaxis(part[..., is_used], 0, 1), axis=0)
        total[length:] = total[length:] - total[:-length].copy()
        found.append(total)
    whole = ChurnSums(*found)
    return Rows(whole, whole.n.sum(axis=-1))
