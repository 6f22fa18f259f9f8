from datetime import date

import numpy as np
import polars as pl
import pytest

from churn.evaluation.slices import MISSING
from churn.monitoring.cohorts import cohorts, repeat_share
from churn.monitoring.grid import score_bins
from churn.monitoring.windows import EVERYONE
from churn.scoring.decision import Economics

ECONOMICS = Economics(offer_eur=10.0, contact_eur=1.0, acceptance_rate=0.5)
ROWS = pl.DataFrame(
    {
        "snapshot_date": [date(2026, 1, 1)] * 2 + [date(2026, 1, 3)] * 2,
        "customer": ["a", "b", "a", None],
        "probability": [0.2, 0.6, 0.6, 0.6],
        "is_contacted": [False, True, True, None],
        "customer_value_eur": [50.0, 110.0, 110.0, 110.0],
        "slice__plan": ["basic", "premium", None, "basic"],
    }
)
CHURN = np.array([0.0, 1.0, 0.0, 1.0])
GROUPS = (EVERYONE, "plan=basic", f"plan={MISSING}", "region=north")
FOUND = cohorts(ROWS, CHURN, GROUPS, ECONOMICS)


def test_outcomes_are_summed_by_date_group_and_score() -> None:
    at = score_bins(np.array([0.2, 0.6]))

    n, churn = FOUND.known.n, FOUND.known.churn

    assert FOUND.dates == (date(2026, 1, 1), date(2026, 1, 3))
    assert n[:, 0][:, at].tolist() == [[1, 1], [0, 2]]
    assert churn[:, 0][:, at].tolist() == [[0, 1], [0, 1]]
    assert n.sum(axis=-1).tolist() == [[2, 1, 0, 0], [2, 1, 1, 0]]
    assert FOUND.promised.churn[:, 0].sum(axis=-1) == pytest.approx([0.8, 1.2])


def test_only_the_contacted_earn_and_only_churners_accept() -> None:
    # A churner of 110 EUR: 0.5 (110 - 10) - 1; a loyal one: 10 and 1 for nothing.
    net = FOUND.known.net_eur[:, 0].sum(axis=-1)

    assert net == pytest.approx([49.0, -11.0])
    assert FOUND.known.n_contacted[:, 0].sum(axis=-1).tolist() == [1, 1]


def test_a_window_holds_calendar_days_and_not_dates() -> None:
    last_two, _ = FOUND.window(2)
    all_three, promised = FOUND.window(3)

    assert (last_two.days, last_two.rows.sums.n[0].sum()) == (1, 2)
    assert (all_three.days, all_three.rows.sums.n[0].sum()) == (3, 4)
    assert promised.rows.sums.churn[0].sum() == pytest.approx(2.0)
    assert FOUND.window(None)[0].first_day == date(2026, 1, 1)


def test_rows_of_one_customer_are_worth_less_than_those_of_many() -> None:
    # Twice a, once b, once nobody known: 4 rows over 2^2 + 1 + 1.
    assert repeat_share(ROWS) == pytest.approx(4 / 6)
    assert repeat_share(ROWS.head(2)) == 1.0
    assert repeat_share(ROWS.head(0)) == 1.0
    assert FOUND.window(None)[0].rows.n_effective[0] == pytest.approx(4 * 4 / 6)
