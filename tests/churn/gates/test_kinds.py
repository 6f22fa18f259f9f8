import math

import pytest

from churn.gates.check import Check
from churn.gates.kinds import (
    KINDS,
    within_gain,
    within_metric,
    within_rows,
    within_share,
    within_slope,
)
from tests.churn.gates.figures import scorecard


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (within_metric("roc_auc"), (0, 1)),
        (within_metric("log_loss"), (0, math.inf)),
        (within_gain("roc_auc"), (-1, 1)),
        (within_gain("net_value_per_1000_eur"), (-math.inf, math.inf)),
        (within_share(None), (0, 1)),
        (within_rows(None), (1, math.inf)),
        (within_slope(None), (0, math.inf)),
    ],
)
def test_possible_ranges(found, expected):
    assert found == expected


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_an_empty_scorecard_without_failing_it(kind):
    spec = KINDS[kind]
    check = Check(
        name=kind,
        kind=kind,
        metric="roc_auc",
        by="interval",
        opponents=("majority",),
        numbers={key: 0.5 for key in spec.numbers if key not in spec.optional},
        undecided="passes",
        applies="always",
    )

    found = spec.answer(check, scorecard())

    assert found.outcome in ("skipped", "undecided")
    assert found.is_undefined is (found.outcome == "undecided")
