import json
from typing import Any

import numpy as np
import pytest

from churn.errors import BundleError
from churn.scoring.golden import MOST_ROWS, read_golden
from churn.scoring.inputs import InputSchema

INPUTS = InputSchema.of(
    {
        "features": [
            {"name": "c", "kind": "category", "categories": [], "missing_share": 0},
            {"name": "x", "kind": "number", "min": 0, "max": 1, "missing_share": 0},
        ]
    }
)


def golden(**changes: Any) -> dict[str, bytes]:
    record = {"columns": {"x": [0.5, None], "c": ["a", None]}, "probability": [0.1, 1]}
    return {"golden.json": json.dumps(record | changes).encode()}


def test_rows_are_what_anybody_may_post() -> None:
    found = read_golden(golden(), INPUTS)

    assert found.rows == ({"c": "a", "x": 0.5}, {"c": None, "x": None})
    assert found.columns["c"].tolist() == ["a", ""]
    assert found.probability.tolist() == [0.1, 1.0]


def test_only_the_same_probabilities_agree() -> None:
    found = read_golden(golden(), INPUTS)

    assert found.agrees(np.array([0.1 + 9e-7, 1.0]))
    assert not found.agrees(np.array([0.1 + 2e-6, 1.0]))
    assert not found.agrees(np.array([np.nan, 1.0]))
    assert not found.agrees(np.array([0.1]))


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": {"x": [0.5], "c": ["a", "b"]}},
        {"columns": {"x": [0.5, 1]}},
        {"columns": {"x": 1, "c": 2}},
        {"columns": {"x": [], "c": []}, "probability": []},
        {"columns": {"x": [True, 1], "c": ["a", "b"]}},
        {"columns": {"x": [10**400, 1], "c": ["a", "b"]}},
        {"columns": {"x": [1, 1], "c": ["a", 2]}},
        {"probability": [0.1]},
        {"probability": [0.1, "x"]},
        {"probability": [0.1, 10**400]},
        {"probability": [[0.1], [0.2]], "columns": {"x": [0], "c": ["a"]}},
        {"columns": {"x": [0] * (MOST_ROWS + 1), "c": ["a"] * (MOST_ROWS + 1)}},
    ],
)
def test_what_are_no_rows_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match=r"golden\.json"):
        read_golden(golden(**changes), INPUTS)
