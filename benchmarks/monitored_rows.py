"""The simulated business customer by customer: the same people night after night.

What the multinomial days leave out is here: a customer is scored every night, changes
slowly, leaves on a day, and the label windows of neighbouring days overlap. The look is
the one that the monitoring pipeline makes, with everything in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from benchmarks.monitored import ECONOMICS, POINTS, QUIET, UNSEEN, VALUES, Model
from benchmarks.monitored_days import SATURDAY, SHA, day_of
from benchmarks.monitored_years import SEED, shipped
from churn.monitoring.counting import DayRows, profile_day
from churn.monitoring.day import DayProfile
from churn.monitoring.harm import LabelWindow, assess
from churn.monitoring.health import Health
from churn.monitoring.reference import Reference
from churn.monitoring.scores import ScoreCounts, ScoredRows, count_scores
from churn.profiles import number_profile
from churn.scoring.decision import contact
from churn.scoring.inputs import InputSchema

Floats = NDArray[np.float64]

N_CUSTOMERS = 1000
HORIZON_DAYS = 30
KEPT = 0.985
"""Of what a customer is like, what is the same the next day."""

LOOK_EVERY_DAYS = 3
FEATURES = ("first", "second")
SLICE, GROUPS = "number", ("even", "odd")


@dataclass(frozen=True, eq=False)
class Night:
    """Whom one night scored, and on which day each leaves, counted from ``START``."""

    number: int
    customer: NDArray[np.int64]
    risk: Floats
    features: Floats
    value: Floats
    leaves: NDArray[np.int64]

    @property
    def group(self) -> NDArray[np.str_]:
        """Of ``GROUPS``, the one that each customer is in for good."""
        return np.array(GROUPS)[self.customer % 2]

    @property
    def is_churn(self) -> NDArray[np.bool_]:
        """Who left within the horizon."""
        after = self.leaves - self.number
        return (after >= 1) & (after <= HORIZON_DAYS)


def quiet_nights(n_nights: int, rng: np.random.Generator) -> list[Night]:
    """So many nights of a business in which nothing changes but its people."""
    n = N_CUSTOMERS
    customer, risk, unseen = np.arange(n), rng.normal(size=n), rng.normal(size=n)
    own = rng.normal(size=(n, len(FEATURES)))
    value = rng.choice(VALUES, n)
    states, left = [], dict[int, int]()
    for number in range(n_nights):
        states.append((number, customer, risk, own, value))
        monthly = expit(QUIET.intercept + risk + UNSEEN * unseen)
        leaves = rng.random(n) < 1 - (1 - monthly) ** (1 / HORIZON_DAYS)
        left |= dict.fromkeys(customer[leaves].tolist(), number + 1)
        customer = np.where(leaves, customer.max() + 1 + np.arange(n), customer)
        fresh, kept = np.sqrt(1 - KEPT**2), np.where(leaves, 0.0, KEPT)
        noise = np.where(leaves, 1.0, fresh)
        risk = kept * risk + noise * rng.normal(size=n)
        own = kept[:, None] * own + noise[:, None] * rng.normal(size=own.shape)
        unseen = np.where(leaves, rng.normal(size=n), unseen)
    return [_scored(state, left, rng) for state in states]


def row_level_year(number: int, n_days: int = 365) -> Iterator[Health]:
    """The looks of a quiet year."""
    rng = np.random.default_rng([SEED, 20, number])
    calibration = HORIZON_DAYS * 3
    nights = quiet_nights(calibration + n_days + HORIZON_DAYS, rng)
    model, reference = _learned(nights[:calibration])
    profiles = [_profile(night, model, reference) for night in nights[calibration:]]
    outcomes = pl.concat([_outcomes(night, model) for night in nights[calibration:]])
    for today in range(calibration, calibration + n_days, LOOK_EVERY_DAYS):
        recent = [
            p
            for p in profiles
            if 0 <= (day_of(today) - p.day).days < shipped().window_days
        ]
        yield assess(
            reference,
            recent,
            _known_at(outcomes, today),
            shipped(),
            LabelWindow(0, HORIZON_DAYS, "occurs"),
            as_of=datetime.combine(day_of(today), datetime.min.time(), UTC),
        )


def _scored(
    state: tuple[int, NDArray[np.int64], Floats, Floats, Floats],
    left: dict[int, int],
    rng: np.random.Generator,
) -> Night:
    """At weekends fewer, and rather those at risk."""
    number, customer, risk, own, value = state
    is_weekend = day_of(number).weekday() >= SATURDAY
    wanted = QUIET.weekend_share * np.exp(QUIET.weekend_shift * risk)
    who = rng.random(risk.size) < (wanted if is_weekend else 1.0)
    features = risk[who, None] / 2 + own[who] * np.sqrt(3) / 2
    leaves = np.array([left.get(int(c), 10**6) for c in customer[who]])
    return Night(number, customer[who], risk[who], features, value[who], leaves)


def _learned(nights: list[Night]) -> tuple[Model, Reference]:
    """A model whose calibrator saw two snapshots, and the profiles of another two."""
    shown = [nights[0], nights[HORIZON_DAYS]]
    risk = np.concatenate([night.risk for night in shown])
    is_churn = np.concatenate([night.is_churn for night in shown])
    model = Model.of(risk, is_churn)
    value = np.concatenate([night.value for night in shown])
    p = np.interp(risk, POINTS, model.probability)
    group = np.concatenate([night.group for night in shown])

    def counts(who: NDArray[np.bool_]) -> ScoreCounts:
        rows = ScoredRows(
            probability=p[who],
            customer_value=value[who],
            is_contacted=contact(p[who], value[who], ECONOMICS),
            is_churn=is_churn[who],
        )
        return count_scores(rows, ECONOMICS)

    features = np.concatenate([night.features for night in shown])
    n_customers = np.unique(np.concatenate([night.customer for night in shown])).size
    reference = Reference(
        bundle_sha256=SHA,
        economics=ECONOMICS,
        features={k: number_profile(features[:, i]) for i, k in enumerate(FEATURES)},
        score=number_profile(p),
        scores=counts(np.full(p.size, fill_value=True)),
        slices={f"{SLICE}={name}": counts(group == name) for name in GROUPS},
        n_training_customers=n_customers,
        n_calibration_customers=n_customers,
        inputs=InputSchema.of({"features": []}),
        lacks=(),
    )
    return model, reference


def _profile(night: Night, model: Model, reference: Reference) -> DayProfile:
    p = np.interp(night.risk, POINTS, model.probability)
    rows = DayRows(
        columns={
            name: night.features[:, i].astype(np.float32)
            for i, name in enumerate(FEATURES)
        },
        probability=p,
        customer_value=night.value,
        is_contacted=contact(p, night.value, ECONOMICS),
        customers=[str(c) for c in night.customer],
        slices={SLICE: night.group.tolist()},
    )
    return profile_day(
        rows,
        reference,
        day=day_of(night.number),
        source="batch",
        model="subscriptions",
        version="1",
        key=b"",
        found={},
    )


def _outcomes(night: Night, model: Model) -> pl.DataFrame:
    p = np.interp(night.risk, POINTS, model.probability)
    return pl.DataFrame(
        {
            "snapshot_date": [day_of(night.number)] * night.customer.size,
            "number": np.full(night.customer.size, night.number),
            "version": "1",
            "customer": night.customer.astype(str),
            "probability": p,
            "is_contacted": contact(p, night.value, ECONOMICS),
            "customer_value_eur": night.value,
            f"slice__{SLICE}": night.group,
            "leaves_in": night.leaves - night.number,
        },
        strict=False,
    )


def _known_at(outcomes: pl.DataFrame, today: int) -> pl.DataFrame:
    """What is known at the beginning of a day."""
    elapsed = pl.lit(today) - pl.col("number")
    has_left = pl.col("leaves_in").is_between(1, HORIZON_DAYS) & (
        pl.col("leaves_in") <= elapsed
    )
    return (
        outcomes.filter(elapsed.is_between(0, HORIZON_DAYS + shipped().window_days - 1))
        .with_columns(
            elapsed_days=elapsed.cast(pl.Int32),
            is_churn=pl.when(has_left)
            .then(True)
            .when(elapsed >= HORIZON_DAYS)
            .then(False),
            churn_day=pl.when(has_left).then("leaves_in").cast(pl.Int32),
        )
        .drop("number", "leaves_in")
    )
