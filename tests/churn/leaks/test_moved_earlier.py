import polars as pl
import pytest

from churn.leaks.earlier import Moved
from churn.leaks.moved_earlier import moved_earlier
from churn.leaks.plan import LeakPlan
from tests.snapshot_rows import FEATURES, rows

PLAN = LeakPlan(shift_days=30, max_rows=1000, seed=1, bins=20)
VISITS = [feature for feature in FEATURES if feature.name == "visits"]


def with_visits(frame: pl.DataFrame, visits: pl.Expr) -> pl.DataFrame:
    return frame.with_columns(visits=visits.cast(pl.Int64))


def look(later: pl.Expr, earlier: pl.Expr):
    windows = [
        Moved(with_visits(frame, later), with_visits(frame, earlier))
        for frame in (rows(300, seed=1), rows(300, seed=2))
    ]
    (seen,) = moved_earlier(*windows, VISITS, PLAN)
    return seen


LABEL, NOTHING = pl.col("is_churn"), pl.lit(3)


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [(LABEL, NOTHING, 0.5), (LABEL, LABEL, -0.5), (NOTHING, LABEL, -1.0)],
)
def test_only_a_lead_that_is_lost_looks_like_a_leak(later, earlier, expected) -> None:
    assert look(later, earlier).observed.value == pytest.approx(expected)


def test_the_sentence_tells_both_moments() -> None:
    assert look(LABEL, NOTHING).words == (
        "ranks with roc_auc 1.000 at the snapshot and with 0.500 when built 30 days "
        "earlier"
    )
