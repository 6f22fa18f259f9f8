from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from churn.monitoring.churn_sums import ChurnSums
from churn.monitoring.losses import Loss, Rows
from churn.monitoring.sequential import Budget
from churn.monitoring.trials import Trial
from churn.monitoring.windows import EVERYONE, Window
from churn.monitoring.words import TOLD, Look, harms, untested

GROUPS = (EVERYONE, "plan=basic")
FEW, MANY = Budget(0.01, 1, 100, 0.5), Budget(0.02, 4, 100, 0.5)
N = np.array([[300.0, 700.0], [100.0, 200.0]])


def look(days: int, statistic: tuple[float, float], loss: float = 0.05) -> Look:
    """A test of everyone and one slice, of which 0.01 and 0.03 are tolerated."""
    window = Window(
        days=days,
        first_day=date(2026, 1, 8 - days),
        last_day=date(2026, 1, 7),
        groups=GROUPS,
        rows=Rows(ChurnSums(*[N] * 10), N.sum(axis=-1)),
    )
    trial = Trial(
        name="matured_ranking",
        loss=Loss(np.full(2, loss), np.full(2, 0.003), np.full(2, 0.004)),
        tolerance=np.array([0.01, 0.03]),
        statistic=np.array(statistic),
        budgets=(FEW, MANY),
    )
    return Look(window, trial)


def test_the_window_that_tells_most_is_told() -> None:
    everyone, basic = harms([look(1, (1.0, 2.0)), look(7, (9.0, 1.0))], {})

    assert (everyone.window_days, everyone.statistic) == (7, 9.0)
    assert (basic.window_days, basic.statistic) == (1, 2.0)
    assert everyone.threshold == pytest.approx(FEW.threshold)
    assert (everyone.is_alarm, basic.is_alarm) == (True, False)


def test_an_alarm_says_what_since_when_and_what_to_do() -> None:
    began = {("matured_ranking", EVERYONE): date(2026, 1, 3)}

    everyone, basic = harms([look(7, (9.0, 9.0))], began)

    assert everyone.sentence == (
        "by matured labels ROC-AUC is 0.050 below the reference's from 2026-01-01 to "
        "2026-01-07; 0.010 is tolerated"
    )
    assert basic.sentence.startswith("of plan basic, by matured labels ROC-AUC is")
    assert basic.name == "matured_ranking:plan=basic"
    # Unless it is known when, it began with the window.
    assert (everyone.since, basic.since) == (date(2026, 1, 3), date(2026, 1, 1))
    assert everyone.what_to_do.startswith("retrain")


def test_a_ranking_worse_than_none_lets_the_labels_be_checked_first() -> None:
    of = look(1, (9.0, 0.0))
    n, n_churners = np.zeros((2, 2)) + N, np.array([[299.0, 1.0], [0.0, 0.0]])
    turned = ChurnSums(**(vars(of.window.rows.sums) | {"n": n, "churn": n_churners}))
    window = replace(of.window, rows=Rows(turned, n.sum(axis=-1)))

    (everyone, _) = harms([replace(of, window=window)], {})

    assert everyone.what_to_do.startswith("check first that the labels are not turned")
    assert everyone.what_to_do.endswith(
        "then retrain: the model no longer ranks whom it meets as it did"
    )


def test_the_interval_has_the_errors_of_both_sides() -> None:
    (everyone, _) = harms([look(1, (0.0, 0.0))], {})

    # Errors of 3 and 4 thousandths are one of 5.
    assert everyone.loss.low == pytest.approx(0.05 - 1.96 * 0.005, abs=1e-6)
    assert everyone.loss.high == pytest.approx(0.05 + 1.96 * 0.005, abs=1e-6)
    assert everyone.loss.n == 1000
    assert (everyone.since, everyone.what_to_do) == (None, "")


def test_a_group_takes_its_part_of_the_budget_of_the_slices() -> None:
    everyone, basic = harms([look(1, (0.0, 0.0))], {})

    assert everyone.error_rate == 0.01
    assert basic.error_rate == 0.02 / 4


def test_no_loss_is_not_told_as_one() -> None:
    (everyone, _) = harms([look(1, (-3.0, 0.0), loss=-0.02)], {})

    assert everyone.sentence == (
        "by matured labels ROC-AUC is no lower than the reference's on 2026-01-07; "
        "0.010 is tolerated"
    )
    assert everyone.loss.value == -0.02


def test_where_no_window_can_tell_nothing_is_claimed() -> None:
    everyone, basic = harms([look(1, (np.nan, np.nan)), look(7, (np.nan, 1.0))], {})

    assert everyone == untested("matured_ranking", 0.01, 0.01)
    assert (everyone.statistic, everyone.loss.value) == (None, None)
    assert basic.window_days == 7
    nobody = harms([look(1, (np.nan, np.nan))], {})[1]
    assert nobody.name == "matured_ranking:plan=basic"
    assert nobody.sentence.startswith("of plan basic, too few labels have matured")


@pytest.mark.parametrize("name", TOLD)
def test_every_test_is_told_in_figures(name: str) -> None:
    of = look(1, (9.0, 9.0))
    trial = replace(of.trial, name=name)

    (everyone, _) = harms([replace(of, trial=trial)], {})

    assert "{" not in everyone.sentence
    assert everyone.what_to_do
