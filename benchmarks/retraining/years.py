"""One business lived through under each trigger: what was trained, what it earned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.retraining.business import SNAPSHOTS, Business, first_day, matured
from benchmarks.retraining.policies import Policy, monitoring
from churn.model.columns import to_columns
from churn.model.plan import CalibrationPlan, ModelPlan
from churn.model.race import Observer
from churn.model.search import search
from churn.model.train import fit_bundle
from churn.monitoring.counting import DayRows, profile_day
from churn.monitoring.day import DayProfile
from churn.monitoring.harm import LabelWindow, assess
from churn.monitoring.health import Health
from churn.monitoring.reference import Reference
from churn.retraining.decide import decide
from churn.retraining.decision import Case, Signs
from churn.retraining.signs import signs_of
from churn.scoring.bundle import Bundle
from churn.scoring.decision import Economics, contact, expected_net_value
from churn.splits import TimeSplit, split_by_time
from datasets.subscriptions.definition import DATASET

ECONOMICS = Economics(offer_eur=15, contact_eur=1, acceptance_rate=0.3)
MODEL = ModelPlan("xgboost", {"n_estimators": 80}, "none", seed=20240101, threads=1)
CALIBRATION = CalibrationPlan(["none", "sigmoid", "isotonic"], folds=5)
LABELS = LabelWindow(SNAPSHOTS.lead_time_days, SNAPSHOTS.horizon_days, "occurs")
COHORT_EVERY = 2
"""Looks: the customers of every second are followed to their outcome."""

WEEK_DAYS = 7

FOLLOWED_DAYS = 180
THOUSAND = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Campaign:
    """What one campaign earned under one policy, by the true probabilities.

    ``best_eur`` is what whoever sees every table but no customer's mind would earn;
    money is per 1,000 customers.
    """

    policy: str
    day: date
    net_eur: float
    best_eur: float
    n_customers: int


@dataclass(frozen=True)
class Training:
    """A retraining, and why."""

    policy: str
    day: date
    because: tuple[str, ...]


@dataclass
class Life:
    """How far one policy has come."""

    policy: Policy
    bundle: Bundle
    since: date
    trainings: list[date] = field(default_factory=list)


class Years:
    """Three years of one business; what several policies share is made once."""

    def __init__(self, business: Business) -> None:
        self._business = business
        self._plan = monitoring()
        self._rows = _by_day(business.scored)
        self._truth = business.truth.select(
            "customer_id",
            "snapshot_date",
            "churn_probability",
            "churn_probability_visible",
        )
        self._bundles: dict[tuple[TimeSplit, date], Bundle] = {}
        self._probability: dict[tuple[str, date], Floats] = {}
        self._profiles: dict[tuple[str, date], DayProfile] = {}
        self._health: dict[tuple[str, date, date], Health] = {}

    def lived(self, policy: Policy) -> tuple[list[Campaign], list[Training]]:
        """All looks and campaigns of one policy, in the order of time."""
        life = Life(policy, self._trained(policy.windows, first_day()), first_day())
        campaigns: list[Campaign] = []
        trainings: list[Training] = []
        looks = self._business.looks if policy.listens else _weeks(self._business)
        for day in sorted({*looks, *self._business.campaigns}):
            if day in looks and day > first_day():
                trainings += self._look(life, day)
            if day in self._business.campaigns:
                campaigns.append(self._campaign(life, day))
        return campaigns, trainings

    def _look(self, life: Life, day: date) -> list[Training]:
        """Decide as the pipeline does; a version that is made is live at once."""
        signs = self._signs(life, day) if life.policy.listens else None
        decision = decide(life.policy.trigger, _case(life, day, signs))
        if not decision.retrain:
            return []
        life.bundle = self._trained(life.policy.windows, day)
        life.since = day
        life.trainings.append(day)
        return [Training(life.policy.name, day, decision.because)]

    def _signs(self, life: Life, day: date) -> Signs:
        key = (life.bundle.bundle_sha256, life.since, day)
        if key not in self._health:
            self._health[key] = self._assessed(life, day)
        return signs_of(self._health[key])

    def _assessed(self, life: Life, day: date) -> Health:
        looks = [d for d in self._business.looks if life.since <= d <= day]
        recent = [d for d in looks if (day - d).days < self._plan.window_days]
        followed = [d for d in looks[::COHORT_EVERY] if (day - d).days <= FOLLOWED_DAYS]
        return assess(
            Reference.of(life.bundle),
            [self._profile(life.bundle, d) for d in recent],
            pl.concat([self._outcomes(life.bundle, d, day) for d in followed]),
            self._plan,
            LABELS,
            as_of=_midnight(day),
        )

    def _trained(self, windows: TimeSplit, day: date) -> Bundle:
        """The recipe as the pipeline has it, on what had matured by a day."""
        known = matured(self._business.snapshots, day)
        newest: date = known["snapshot_date"].to_list()[-1]
        key = (windows, newest)
        if key not in self._bundles:
            split = split_by_time(known, windows, maturity_days=SNAPSHOTS.maturity_days)
            chosen = search(
                split.train,
                DATASET.model_features,
                MODEL,
                None,
                maturity_days=SNAPSHOTS.maturity_days,
                observer=Observer(lambda: 0.0, lambda _trial: None),
            )
            self._bundles[key] = fit_bundle(
                split, DATASET, chosen, MODEL, CALIBRATION, ECONOMICS, lineage={}
            )
        return self._bundles[key]

    def _scores(self, bundle: Bundle, day: date) -> Floats:
        key = (bundle.bundle_sha256, day)
        if key not in self._probability:
            columns = to_columns(self._rows[day], DATASET.model_features)
            self._probability[key] = bundle.score(columns)
        return self._probability[key]

    def _profile(self, bundle: Bundle, day: date) -> DayProfile:
        key = (bundle.bundle_sha256, day)
        if key not in self._profiles:
            rows, probability = self._rows[day], self._scores(bundle, day)
            value = rows["customer_value"].to_numpy()
            self._profiles[key] = profile_day(
                DayRows(
                    columns=to_columns(rows, DATASET.model_features),
                    probability=probability,
                    customer_value=value,
                    is_contacted=contact(probability, value, ECONOMICS),
                    customers=rows["customer_id"].to_list(),
                    slices={n: rows[f"slice__{n}"].to_list() for n in DATASET.slices},
                ),
                Reference.of(bundle),
                day=day,
                source="batch",
                model=DATASET.name,
                version=bundle.bundle_sha256,
                key=b"",
                found={},
            )
        return self._profiles[key]

    def _outcomes(self, bundle: Bundle, day: date, as_of: date) -> pl.DataFrame:
        """Customers of one look, with what was known of them by a day."""
        rows, probability = self._rows[day], self._scores(bundle, day)
        value = rows["customer_value"].to_numpy()
        elapsed = (as_of - day).days
        told = self._business.told.filter(pl.col("snapshot_date") == day)
        is_early = elapsed < SNAPSHOTS.lead_time_days
        known = pl.col("churn_day") <= elapsed
        return (
            rows.select(
                "snapshot_date",
                pl.lit(bundle.bundle_sha256).alias("version"),
                pl.col("customer_id").alias("customer"),
                pl.Series("probability", probability),
                pl.Series("is_contacted", contact(probability, value, ECONOMICS)),
                pl.col("customer_value").alias("customer_value_eur"),
                pl.lit(elapsed, pl.Int32).alias("elapsed_days"),
                *(f"slice__{name}" for name in DATASET.slices),
            )
            .join(
                told.select("customer", "is_churn", "churn_day", "is_gone"),
                on="customer",
                how="left",
                maintain_order="left",
            )
            .filter(pl.lit(is_early) | ~pl.col("is_gone").fill_null(value=False))
            .with_columns(
                is_churn=pl.when(known)
                .then(True)
                .when(elapsed >= SNAPSHOTS.maturity_days)
                .then(False),
                churn_day=pl.when(known).then("churn_day"),
            )
            .drop("is_gone")
        )

    def _campaign(self, life: Life, day: date) -> Campaign:
        """Contact whom the live version would; money by what is true of them."""
        rows = self._rows[day].with_columns(
            pl.Series("probability", self._scores(life.bundle, day))
        )
        known = rows.join(self._truth, on=("customer_id", "snapshot_date"), how="inner")
        value = known["customer_value"].to_numpy()
        worth = expected_net_value(
            known["churn_probability"].to_numpy(), value, ECONOMICS
        )
        taken = contact(known["probability"].to_numpy(), value, ECONOMICS)
        visible = known["churn_probability_visible"].to_numpy()
        best = contact(visible, value, ECONOMICS)
        per_thousand = THOUSAND / known.height
        return Campaign(
            life.policy.name,
            day,
            float(worth[taken].sum() * per_thousand),
            float(worth[best].sum() * per_thousand),
            known.height,
        )


def _weeks(business: Business) -> tuple[date, ...]:
    """Looks that need no monitoring cost nothing."""
    days = (business.looks[-1] - first_day()).days
    return tuple(first_day() + timedelta(days=n) for n in range(0, days + 1, WEEK_DAYS))


def _case(life: Life, day: date, signs: Signs | None) -> Case:
    trained = _midnight(life.since)
    return Case(
        model=DATASET.name,
        champion=life.bundle.bundle_sha256,
        moment=_midnight(day),
        trained=trained,
        last_training=trained,
        retrainings=tuple(life.trainings),
        on_its_way=None,
        on_its_way_trained=None,
        signs=signs,
        asked=None,
    )


def _by_day(rows: pl.DataFrame) -> Mapping[date, pl.DataFrame]:
    parts = rows.partition_by("snapshot_date", as_dict=True, maintain_order=True)
    return {day: part for (day,), part in parts.items()}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
