"""What is expected of scores holds in the simulated business itself."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from churn.evaluation.evidence import Evidence
from churn.evaluation.observations import NOTHING_OBSERVED
from churn.features.changes import changed, concerned
from churn.gates.decision import Outcome
from churn.model.plan import CalibrationPlan, ModelPlan
from churn.model.search import SearchResult
from churn.model.train import fit_bundle
from churn.probes.behaviour import expected_of, try_expectations
from churn.scoring.decision import Economics
from churn.splits import Split
from datasets.subscriptions.definition import DATASET
from datasets.subscriptions.hazard import visible_log_odds
from tests.churn.gates.checks import check
from tests.churn.gates.figures import answered
from tests.datasets.subscriptions.test_definition import state_seen_by
from tests.evidences import evidence

NAMES = [expectation.name for expectation in DATASET.expectations]
TREES = SearchResult(
    kind="xgboost",
    params={
        "n_estimators": 100,
        "max_depth": 2,
        "learning_rate": 0.1,
        "min_child_weight": 1.0,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "reg_lambda": 1.0,
    },
    candidates=(),
    scheme="none",
    folds=0,
    n_rows=0,
    reproducible=True,
    why="fixed",
)
MODEL = ModelPlan(kind=None, params=None, imbalance="none", seed=1, threads=1)


def expectation(name: str) -> Any:
    return next(e for e in DATASET.expectations if e.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_the_business_behaves_as_is_expected_of_its_model(
    snapshots: pl.DataFrame, name: str
) -> None:
    expected = expectation(name)
    before = concerned(snapshots, expected)
    after = changed(DATASET, before, expected)

    truth = [visible_log_odds(state_seen_by(rows)) for rows in (before, after)]

    rise = truth[1] - truth[0]
    allowed = {
        "never_falls": rise >= 0,
        "never_rises": rise <= 0,
        "never_moves": rise == 0,
    }
    assert allowed[expected.direction].all()


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_customer_is_one_there_could_be(
    snapshots: pl.DataFrame, name: str
) -> None:
    expected = expectation(name)

    after = changed(DATASET, concerned(snapshots, expected), expected)

    narrow_in_wide = [
        ("failed_payments_30d", "failed_payments_90d"),
        ("failed_payments_90d", "payments_90d"),
        ("sessions_30d", "sessions_90d"),
        ("active_seconds_30d", "active_seconds_90d"),
        ("failed_logins_30d", "logins_30d"),
        ("open_tickets_90d", "tickets_90d"),
    ]
    for narrow, wide in narrow_in_wide:
        assert (after[narrow] <= after[wide]).all(), (narrow, wide)
    failed_lately = after.filter(pl.col("failed_payments_30d") > 0)
    assert (failed_lately["days_since_failed_payment"] <= 30).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_expectation_is_about_many_customers(
    snapshots: pl.DataFrame, name: str
) -> None:
    assert len(concerned(snapshots, expectation(name))) > len(snapshots) / 4


@pytest.fixture(scope="module")
def some(snapshots: pl.DataFrame) -> Split:
    """Enough rows for a model that has learnt the business."""
    rows = snapshots.gather_every(5)
    return Split(rows[:9000], rows[9000:12000], rows[12000:])


def taught(split: Split, is_churn: pl.Expr) -> Evidence:
    """Behaviour of a model that sees everything, and was told such a truth."""
    told = Split(
        *(rows.with_columns(is_churn=is_churn) for rows in vars(split).values())
    )
    features = tuple(
        replace(f, in_model=f.in_model or f.name == "age_band")
        for f in DATASET.features
    )
    dataset = replace(DATASET, features=features)
    bundle = fit_bundle(
        told,
        dataset,
        TREES,
        MODEL,
        CalibrationPlan(["sigmoid"], 3),
        Economics(15, 1, 0.3),
        lineage={},
    )
    return evidence(
        behaviour=try_expectations(
            dataset, bundle, split.test, most_customers=2000, seed=1
        ),
        observations=replace(NOTHING_OBSERVED, expectations=expected_of(dataset)),
    )


def outcome(found: Evidence) -> tuple[Outcome, str]:
    asked = check("behaviour", tolerance=0.01, ceiling=0.05)
    answer = answered(asked, found)
    return answer.outcome, answer.sentence


def test_a_model_that_learnt_the_business_keeps_to_what_has_reasons(
    some: Split,
) -> None:
    tried = taught(some, pl.col("is_churn"))
    reasons = {
        name: expected
        for name, expected in tried.observations.expectations.items()
        if name != "age_is_no_reason"
    }
    observations = replace(tried.observations, expectations=reasons)

    found, sentence = outcome(replace(tried, observations=observations))

    assert found != "failed", sentence


def test_the_shipped_model_cannot_move_with_age() -> None:
    assert "age_band" not in {feature.name for feature in DATASET.model_features}


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        (
            "payment_fails",
            pl.col("is_churn") & (pl.col("failed_payments_90d") == 0),
        ),
        ("age_is_no_reason", pl.col("is_churn") | (pl.col("age_band") == "60+")),
        ("uses_less", pl.col("is_churn") | (pl.col("sessions_30d") > 6)),
        ("is_locked_out", pl.col("is_churn") & (pl.col("failed_logins_30d") < 2)),
    ],
)
def test_a_model_that_learnt_the_contrary_is_caught(
    some: Split, name: str, truth: pl.Expr
) -> None:
    found, sentence = outcome(taught(some, truth))

    assert found == "failed"
    assert name in sentence


def test_the_broken_model_really_falls_with_a_failed_payment(some: Split) -> None:
    nobody_fails = pl.col("is_churn") & (pl.col("failed_payments_90d") == 0)

    tried = taught(some, nobody_fails).behaviour.filter(expectation="payment_fails")

    assert (tried["after"] < tried["before"]).sum() > len(tried) / 2
