"""Looks at a model, with the few things that a test is about."""

from datetime import date, timedelta
from typing import Any

from churn.evaluation.scorecard import Estimate
from churn.monitoring.drift import Distances, FeatureDrift
from churn.monitoring.following import Labelling
from churn.monitoring.health import (
    DayFigures,
    DecileResidual,
    Estimated,
    Harm,
    Health,
    Measured,
    QualityFinding,
    SliceHealth,
)

DAY = date(2025, 6, 5)


def harm(name: str = "matured_ranking", *, loss: float = 0.05, **changes: Any) -> Harm:
    """A test of the ranking: an alarm where more than 0.02 is lost."""
    usual = {
        "kind": "matured",
        "loss": Estimate(loss, loss - 0.01, loss + 0.01, 5000),
        "tolerance": 0.02,
        "unit": "ROC-AUC",
        "error_rate": 0.01,
        "statistic": 6.0,
        "threshold": 4.0,
        "window_days": 7,
        "is_alarm": loss > 0.02,
        "since": date(2025, 6, 1),
        "sentence": "customers who left are ranked worse than when it was made.",
        "what_to_do": "Train again.",
    }
    return Harm(name=name, **(usual | changes))


def health(*harms: Harm, **changes: Any) -> Health:
    """A look at version 3 of which nothing is known but its tests."""
    nothing = Estimated(confidence={}, importance={}, reference={}, cannot_know=())
    usual: dict[str, Any] = {
        "model": "churn",
        "version": "3",
        "as_of": DAY,
        "first_day": date(2025, 5, 9),
        "last_day": DAY,
        "n_scored": 5000,
        "n_customers": 1000,
        "n_days": 5,
        "verdict": "harmed" if any(one.is_alarm for one in harms) else "healthy",
        "sentence": "As it was told.",
        "harms": harms,
        "estimated": nothing,
        "measured": None,
        "early": None,
        "drift": (),
        "score_drift": None,
        "slices": (),
        "trend": (),
        "quality": (),
        "notes": (),
    }
    return Health(**(usual | changes))


def estimate(value: float, n: int = 5000) -> Estimate:
    """A figure with an interval."""
    return Estimate(value, value * 0.95, value * 1.05, n)


FIGURES = {
    "roc_auc": estimate(0.8),
    "recall": estimate(0.4),
    "churn_rate": estimate(0.05),
    "net_value_per_1000_eur": estimate(420.0),
}


def drifted(name: str, psi: float, **changes: Any) -> FeatureDrift:
    """A number in two bins, that moved by so much."""
    usual = {
        "kind": "number",
        "n_reference": 9000,
        "n": 5000,
        "bins": ("up to 10", "above 10"),
        "reference_shares": (0.5, 0.5),
        "shares": (0.4, 0.6),
        "distances": Distances(
            psi=psi + 0.001,
            psi_corrected=psi,
            psi_standard_error=0.002,
            ks=0.1,
            ks_p_value=0.2,
            jensen_shannon=0.05,
            kullback_leibler=0.04,
            new_category_share=0.0,
            reference_new_category_share=0.0,
            missing_rate=0.02,
            reference_missing_rate=0.01,
        ),
        "is_significant": psi > 0.05,
        "since": None,
    }
    return FeatureDrift(name=name, **(usual | changes))


def measured(**changes: Any) -> Measured:
    """What labels say of a month of scores."""
    usual = {
        "first_day": date(2025, 3, 1),
        "last_day": date(2025, 3, 31),
        "n": 4000,
        "n_churners": 180,
        "is_corrected": False,
        "figures": FIGURES | {"brier": Estimate(0.04, 0.03, 0.05, 4000)},
        "naive": {},
        "reference": FIGURES,
        "residuals": (
            DecileResidual(1, 400, 0.3, Estimate(0.34, 0.3, 0.38, 400)),
            DecileResidual(2, 400, 0.1, Estimate(0.09, 0.06, 0.12, 400)),
        ),
    }
    return Measured(**(usual | changes))


def full_health(**changes: Any) -> Health:
    """A look of which everything is known, with one alarm."""
    days = [DAY - timedelta(days=back) for back in (2, 1, 0)]
    usual: dict[str, Any] = {
        "sentence": "the ranking is worse than tolerated, and that is no chance.",
        "estimated": Estimated(
            confidence=FIGURES, importance=FIGURES, reference=FIGURES, cannot_know=()
        ),
        "measured": measured(),
        "early": measured(is_corrected=True, naive=FIGURES, residuals=()),
        "drift": (drifted("tenure_days", 0.01), drifted("spend_cents", 0.2)),
        "score_drift": drifted("(score)", 0.0),
        "slices": (
            SliceHealth(
                name="plan",
                group="basic",
                n=2000,
                estimated_roc_auc=estimate(0.79),
                measured_roc_auc=None,
                reference_roc_auc=estimate(0.81),
            ),
        ),
        "trend": tuple(
            DayFigures(
                day=day,
                n_scored=1000 + place,
                mean_probability=0.05,
                estimated_roc_auc=estimate(0.8),
                measured_roc_auc=estimate(0.78) if place < 2 else None,
            )
            for place, day in enumerate(days)
        ),
        "quality": (QualityFinding("missing", 50, 0.01, "Plan is missing in 1%."),),
        "notes": ("of the scores one day in 7 is followed",),
    }
    tests = (harm(), harm("volume:batch", loss=0.0, kind="volume", unit="share"))
    return health(*tests, **(usual | changes))


def labelling(**changes: Any) -> Labelling:
    """Raw tables and a file told of most scores."""
    usual = {
        "sources": ("simulated, seed 1", "label files"),
        "n_scores": 5000,
        "n_known": 4000,
        "n_read": 10,
        "n_quarantined": 3,
        "quarantined_because": {"customer_id|never_scored": 3},
        "notes": (),
    }
    return Labelling(**(usual | changes))
