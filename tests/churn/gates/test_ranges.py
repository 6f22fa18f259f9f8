import math

import pytest

from churn.gates.ranges import (
    within_error_rate,
    within_gain,
    within_loss,
    within_metric,
    within_metric_gap,
    within_money,
    within_rows,
    within_share,
    within_slope,
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (within_metric("roc_auc"), (0, 1)),
        (within_metric("log_loss"), (0, math.inf)),
        (within_gain("roc_auc"), (-1, 1)),
        (within_gain("net_value_per_1000_eur"), (-math.inf, math.inf)),
        (within_metric_gap("recall"), (0, 1)),
        (within_share(None), (0, 1)),
        (within_rows(None), (1, math.inf)),
        (within_slope(None), (0, math.inf)),
        (within_loss(None), (-1, 0)),
        (within_error_rate(None), (1e-6, 0.5)),
        (within_money(None), (0.01, math.inf)),
    ],
)
def test_possible_ranges(found, expected):
    assert found == expected
