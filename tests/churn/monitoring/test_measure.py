import numpy as np
import polars as pl
import pytest

from benchmarks.monitored import ECONOMICS, QUIET, Model
from benchmarks.monitored_estimates import WINDOW, cohort_rows
from benchmarks.monitored_years import shipped
from churn.monitoring.cohorts import cohorts, repeat_share
from churn.monitoring.measure import early, matured
from churn.monitoring.windows import EVERYONE

RNG = np.random.default_rng(0)
MODEL = Model.fitted(QUIET, 50_000, RNG)
PARTLY = cohort_rows(MODEL, 6000, 30, RNG, leave_early=False)
FULLY = cohort_rows(MODEL, 6000, 90, RNG, leave_early=False)


def test_early_labels_give_what_all_labels_will():
    told = early(None, pl.concat([FULLY, PARTLY]), WINDOW, ECONOMICS, shipped())
    complete = matured(
        None, cohorts(FULLY, FULLY["is_churn"].to_numpy(), (EVERYONE,), ECONOMICS)
    )

    for name in ("roc_auc", "churn_rate", "recall", "net_value_per_1000_eur"):
        corrected, naive = told.figures[name], told.naive[name].value
        later = complete.figures[name]
        width = corrected.high - corrected.low
        assert abs(corrected.value - later.value) < width
        assert abs(naive - later.value) > abs(corrected.value - later.value)
    assert told.n_churners == PARTLY["is_seen"].sum()


def test_the_correction_solves_for_the_share_that_is_still_to_leave():
    # Half the churners are seen. A pair with an unseen churner is won by chance: of
    # area 0.75 one sees w 0.75 + (1 - w) / 2, w the loyal among those still there.
    told = early(None, PARTLY, WINDOW, ECONOMICS, shipped())
    seen = 1 / 3
    n_seen = told.n_churners
    loyal = told.n - n_seen / np.mean(_share(PARTLY))
    w = loyal / (told.n - n_seen)

    expected = (told.naive["roc_auc"].value - (1 - w) / 2) / w

    assert seen < np.mean(_share(PARTLY)) < 0.5
    assert told.figures["roc_auc"].value == pytest.approx(expected, abs=2e-3)


def _share(rows: pl.DataFrame) -> np.ndarray:
    return rows["elapsed_days"].to_numpy() / WINDOW.maturity_days


def test_without_a_day_of_leaving_nothing_is_told_early():
    nameless = PARTLY.with_columns(churn_day=pl.lit(None, pl.Int32))

    assert early(None, nameless, WINDOW, ECONOMICS, shipped()) is None
    assert early(None, FULLY, WINDOW, ECONOMICS, shipped()) is None


def test_cohorts_are_summed_by_date_and_group():
    rows = FULLY.with_columns(slice__plan=pl.lit("basic"))
    groups = (EVERYONE, "plan=basic", "plan=premium", "region=east")

    found = cohorts(rows, rows["is_churn"].to_numpy(), groups, ECONOMICS)
    known, promised = found.window(2)

    assert len(found.dates) == 7
    assert (known.first_day, known.last_day) == found.dates[-2:]
    assert known.rows.sums.n.sum(axis=1).tolist() == [12_000, 12_000, 0, 0]
    assert promised.rows.sums.churn.sum() == pytest.approx(
        2 * promised.rows.sums.p_sum[0].sum()
    )


def test_rows_of_one_customer_are_worth_one():
    same = pl.DataFrame({"customer": ["a", "a", "b", "b"]})
    nobody = pl.DataFrame(
        {"customer": [None, None, "a"]}, schema={"customer": pl.String}
    )

    assert repeat_share(same) == 0.5
    assert repeat_share(nobody) == 1.0


@pytest.mark.parametrize(("n_churners", "is_told"), [(9, False), (10, True)])
def test_among_nine_churners_no_figure_is_told(n_churners, is_told):
    is_churn = FULLY["is_churn"].to_numpy()
    kept = np.concatenate(
        [np.flatnonzero(is_churn)[:n_churners], np.flatnonzero(~is_churn)[:500]]
    )
    few = FULLY[kept]

    told = matured(
        None, cohorts(few, few["is_churn"].to_numpy(), (EVERYONE,), ECONOMICS)
    )

    assert (told is not None) == is_told
