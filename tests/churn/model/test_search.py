from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from churn.errors import ConfigError
from churn.model.candidates import balanced
from churn.model.folds import Fold, customer_folds
from churn.model.plan import SearchPlan
from churn.model.race import Observer, TrialRecord, prepare_fold
from churn.model.search import SearchResult, _reason, search
from churn.model.selection import Gap
from tests.snapshot_rows import FEATURES, PLAN, SEARCH, rows


class Steps:
    """A clock that moves one second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def found(
    frame: pl.DataFrame, **changes: object
) -> tuple[SearchResult, list[TrialRecord]]:
    seen: list[TrialRecord] = []
    result = search(
        frame,
        FEATURES,
        PLAN,
        replace(SEARCH, **changes),
        maturity_days=30,
        observer=Observer(Steps(), seen.append),
    )
    return result, seen


def test_the_same_search_twice_finds_the_same() -> None:
    frame = rows(200, seed=1)

    first, seen = found(frame)
    second, again = found(frame)

    assert first == second
    assert seen == again


def test_every_trial_is_told_and_counted() -> None:
    result, seen = found(rows(200, seed=1))

    assert [c.n_trials for c in result.candidates] == [3, 3]
    assert [t.kind for t in seen] == ["logistic_regression"] * 3 + ["xgboost"] * 3
    whole = [t.log_loss for t in seen if t.kind == "xgboost" and not t.pruned]
    assert min(whole) == result.candidates[1].log_loss


def test_a_time_limit_stops_the_search_and_marks_it_irreproducible() -> None:
    result, _ = found(rows(200, seed=1), max_seconds=0.0)

    assert not result.reproducible
    assert [c.n_trials for c in result.candidates] == [1, 1]


def test_a_linear_truth_is_given_to_the_linear_model() -> None:
    result, _ = found(rows(800, seed=1))

    assert result.reproducible
    assert result.kind == "logistic_regression"
    assert "logistic_regression" in result.why


def test_an_interaction_is_given_to_the_trees() -> None:
    frame = rows(800, seed=1).with_columns(
        is_churn=(pl.col("tenure_days") > 1000) ^ (pl.col("plan") == "basic")
    )

    result, _ = found(frame)

    assert result.kind == "xgboost"


@pytest.mark.parametrize("search_plan", [SEARCH, None])
def test_a_fixed_kind_is_not_searched(search_plan: SearchPlan | None) -> None:
    seen: list[TrialRecord] = []
    plan = replace(PLAN, kind="xgboost", params={"max_depth": 5})
    result = search(
        rows(10, seed=1),
        FEATURES,
        plan,
        search_plan,
        maturity_days=0,
        observer=Observer(Steps(), seen.append),
    )

    assert (result.kind, result.params["max_depth"], seen) == ("xgboost", 5, [])
    assert result.params["n_estimators"] == 400


def test_a_kind_that_nothing_decides_is_refused() -> None:
    observer = Observer(Steps(), lambda _: None)

    with pytest.raises(ConfigError, match="give search, or fix model.kind"):
        search(
            rows(10, seed=1), FEATURES, PLAN, None, maturity_days=0, observer=observer
        )


def test_several_snapshot_dates_are_judged_in_time() -> None:
    result, _ = found(rows(80, seed=1, n_dates=4))

    assert (result.scheme, result.folds) == ("temporal", 2)


def test_at_most_max_rows_are_compared_on() -> None:
    result, _ = found(rows(400, seed=1), max_rows=150)

    assert result.n_rows == 150


def test_a_fold_is_prepared_from_its_learning_side_alone() -> None:
    frame = rows(100, seed=1)
    fold = Fold(np.arange(60), np.arange(60, 100))
    upset = frame.with_columns(
        spend_cents=pl.when(pl.int_range(100) < 60).then("spend_cents").otherwise(1e9)
    )

    for kind in ("logistic_regression", "xgboost"):
        before = prepare_fold(kind, frame, fold, FEATURES)
        after = prepare_fold(kind, upset, fold, FEATURES)
        np.testing.assert_array_equal(before.train, after.train)


def test_what_smote_makes_does_not_move_when_the_judging_rows_do() -> None:
    frame = rows(200, seed=1)
    fold = customer_folds(frame, folds=2, seed=0)[0]
    judging = pl.int_range(200).is_in(fold.validate.tolist())
    upset = frame.with_columns(
        tenure_days=pl.when(judging).then(-7.0).otherwise("tenure_days"),
        is_churn=pl.when(judging).then(pl.lit(value=True)).otherwise("is_churn"),
    )

    made = []
    for kind in ("logistic_regression", "xgboost"):
        for given in (frame, upset):
            learning = prepare_fold(kind, given, fold, FEATURES)
            made.append(
                balanced(learning.train, learning.train_labels, "smote", seed=0)[0]
            )

    np.testing.assert_array_equal(made[0], made[1])
    np.testing.assert_array_equal(made[2], made[3])
    assert len(made[0]) > len(fold.train)


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ({"logistic_regression": 0.0, "xgboost": 0.1}, "and is the simplest"),
        ({"logistic_regression": 0.5, "xgboost": 0.0}, "nothing simpler comes near"),
    ],
)
def test_the_reason_says_whether_anything_simpler_was_there(
    gaps: dict[str, float], words: str
) -> None:
    chosen = min(gaps, key=lambda kind: gaps[kind])

    reason = _reason(chosen, {kind: Gap(gap, 0.01) for kind, gap in gaps.items()})

    assert reason.endswith(words)
