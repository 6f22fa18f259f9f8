"""What the rules take from a look at a model, and what of it counts first."""

from dataclasses import replace
from datetime import date

import pytest

from churn.evaluation.scorecard import Estimate
from churn.monitoring.drift import Distances, FeatureDrift
from churn.monitoring.health import Estimated, Harm, Health, Measured
from churn.retraining.decision import Alarm, Drifted, Figure
from churn.retraining.signs import EARLY, MATURED, NO_LABELS, signs_of

NOTHING = Estimate(None, None, None, 0)
RANKING = Estimate(0.78, 0.76, 0.8, 900)
DISTANCES = Distances(
    psi=0.3,
    psi_corrected=0.2,
    psi_standard_error=0.1,
    ks=0.1,
    ks_p_value=0.04,
    jensen_shannon=0.1,
    kullback_leibler=0.1,
    new_category_share=0.0,
    reference_new_category_share=0.0,
    missing_rate=0.0,
    reference_missing_rate=0.0,
)


def harm(name: str, kind: str, *, is_alarm: bool) -> Harm:
    return Harm(
        name=name,
        kind=kind,
        loss=NOTHING,
        tolerance=0.01,
        unit="ROC-AUC",
        error_rate=0.01,
        statistic=None,
        threshold=None,
        window_days=None,
        is_alarm=is_alarm,
        since=None,
        sentence=f"{name} is worse",
        what_to_do="look",
    )


def measured(auc: float) -> Measured:
    found = {"roc_auc": replace(RANKING, value=auc), "f1": NOTHING}
    return Measured(
        first_day=date(2026, 1, 1),
        last_day=date(2026, 2, 1),
        n=900,
        n_churners=40,
        is_corrected=False,
        figures=found,
        naive=found,
        reference={"roc_auc": Estimate(0.82, None, None, 500)},
        residuals=(),
    )


def drift(name: str, distances: Distances | None) -> FeatureDrift:
    return FeatureDrift(
        name=name,
        kind="number",
        n_reference=9,
        n=9,
        bins=(),
        reference_shares=(),
        shares=(),
        distances=distances,
        is_significant=False,
        since=None,
    )


def health(**told) -> Health:
    known = {
        "model": "churn-bank",
        "version": "2",
        "as_of": date(2026, 5, 31),
        "first_day": date(2026, 5, 4),
        "last_day": date(2026, 5, 31),
        "n_scored": 10,
        "n_customers": 9,
        "n_days": 2,
        "verdict": "harmed",
        "sentence": "It is worse.",
        "harms": (
            harm("matured_ranking", "matured", is_alarm=True),
            harm("volume", "volume", is_alarm=False),
        ),
        "estimated": Estimated(
            confidence={}, importance={}, reference={}, cannot_know=()
        ),
        "measured": None,
        "early": None,
        "drift": (drift("tenure", DISTANCES), drift("plan", None)),
        "score_drift": None,
        "slices": (),
        "trend": (),
        "quality": (),
        "notes": (),
    }
    return Health(**(known | told))


def test_alarms_that_stand_and_drift_that_was_compared_are_taken():
    signs = signs_of(health())

    assert (signs.version, signs.as_of) == ("2", date(2026, 5, 31))
    assert signs.alarms == (
        Alarm("matured_ranking", "matured", "matured_ranking is worse"),
    )
    assert signs.drift == {"tenure": Drifted(psi=0.3, ks_p=0.04)}


@pytest.mark.parametrize(
    ("told", "labels", "auc"),
    [
        ({}, NO_LABELS, None),
        ({"early": measured(0.7)}, EARLY, 0.7),
        ({"early": measured(0.7), "measured": measured(0.8)}, MATURED, 0.8),
    ],
)
def test_matured_labels_count_before_early_ones(told, labels, auc):
    signs = signs_of(health(**told))

    assert signs.labels == labels
    if auc is None:
        assert signs.measured == {}
    else:
        found = replace(RANKING, value=auc)
        before = Estimate(0.82, None, None, 500)
        assert signs.measured["roc_auc"] == Figure(found, before)
        assert signs.measured["f1"].reference is None
