import numpy as np
import polars as pl
import pytest

from churn.monitoring.censoring import LabelWindow, early_rows, is_matured, seen_share

WINDOW = LabelWindow(lead_time_days=10, horizon_days=20, outcome="occurs")


def outcomes(elapsed, is_churn, churn_day) -> pl.DataFrame:
    return pl.DataFrame(
        {"elapsed_days": elapsed, "is_churn": is_churn, "churn_day": churn_day},
        schema={
            "elapsed_days": pl.Int32,
            "is_churn": pl.Boolean,
            "churn_day": pl.Int32,
        },
    )


def test_a_label_has_matured_when_its_window_has_closed_and_it_is_known():
    rows = outcomes([30, 29, 31, 12], [False, None, None, True], [None, None, None, 12])

    assert is_matured(rows, WINDOW).to_list() == [True, False, False, False]
    assert is_matured(rows, None).to_list() == [True, False, False, True]


def test_with_few_churners_leaving_is_as_likely_on_every_day_of_the_window():
    seen = seen_share(outcomes([30], [True], [11]), WINDOW, fewest_churners=2)

    assert seen.at(np.array([0, 10, 20, 30, 99])).tolist() == [0, 0, 0.5, 1, 1]
    assert seen.errors.max() == 0


def test_with_enough_churners_the_share_is_theirs():
    days = [11, 12, 12, 30]
    seen = seen_share(outcomes([30] * 4, [True] * 4, days), WINDOW, fewest_churners=4)

    assert seen.at(np.array([10, 11, 12, 29, 30])).tolist() == [0, 0.25, 0.75, 0.75, 1]
    assert seen.errors[12] == pytest.approx(np.sqrt(0.75 * 0.25 / 4))


def test_early_rows_are_of_cohorts_that_have_shown_enough_and_not_all():
    rows = outcomes([30, 20, 11, 20], [True, True, None, None], [12, 12, None, None])
    seen = seen_share(rows, WINDOW, fewest_churners=99)

    found = early_rows(rows, WINDOW, seen, least_share=0.1)

    assert found["elapsed_days"].to_list() == [20, 20]
    assert found["is_seen"].to_list() == [True, False]
    assert found["seen_share"].to_list() == [0.5, 0.5]
