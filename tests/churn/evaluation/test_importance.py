import numpy as np
import polars as pl
import pytest

from churn.evaluation.importance import permutation_importance
from churn.features.declarations import Column

FEATURES = [
    Column(name=name, column=name, unit="", meaning="") for name in ("noise", "risk")
]


def rows(n=400):
    rng = np.random.default_rng(1)
    risk = rng.random(n)
    return pl.DataFrame(
        {"noise": rng.random(n), "risk": risk, "is_churn": rng.random(n) < risk}
    )


def by_risk(frame):
    return frame["risk"].to_numpy()


def test_the_feature_in_use_matters_and_the_other_does_not():
    rng = np.random.default_rng(0)

    found = permutation_importance(by_risk, rows(), FEATURES, rng, max_rows=400)

    assert list(found) == ["risk", "noise"]
    assert found["risk"] == pytest.approx(0.33, abs=0.1)
    assert found["noise"] == 0.0


def test_same_generator_same_importance_on_a_sample():
    seen = []

    def score(frame):
        seen.append(frame.height)
        return by_risk(frame)

    first, second = (
        permutation_importance(
            score, rows(), FEATURES, np.random.default_rng(7), max_rows=50
        )
        for _ in range(2)
    )

    assert first == second
    assert set(seen) == {50}


def test_one_class_has_no_importance():
    loyal = rows().filter(~pl.col("is_churn"))
    rng = np.random.default_rng(0)

    assert permutation_importance(by_risk, loyal, FEATURES, rng, max_rows=99) == {}
