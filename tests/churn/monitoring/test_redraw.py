import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.monitoring.drift import SCORE
from churn.monitoring.redraw import (
    OTHER,
    apportioned,
    profiles_of_reference,
    profiles_of_window,
    redrawn,
)
from churn.profiles import same_bins
from tests.day_rows import counted, reference
from tests.snapshot_rows import FEATURES, rows, strangers


def drawn(n: int, *, seed: int = 1) -> pl.DataFrame:
    return redrawn(profiles_of_reference(reference()), reference(), n=n, seed=seed)


def test_what_is_redrawn_is_counted_as_the_profile_it_was_drawn_from() -> None:
    frame = drawn(400)

    for name, profile in profiles_of_reference(reference()).items():
        values = frame[name]
        column = (
            values.fill_null("").to_numpy().astype(object)
            if values.dtype == pl.String
            else values.fill_null(np.nan).to_numpy()
        )
        again = same_bins(profile, column)
        # Of 400 rows each bin has as many as in the 400 of training.
        assert (again.counts, again.missing) == (profile.counts, profile.missing)


def test_a_window_is_redrawn_with_what_training_never_saw() -> None:
    window = counted(strangers(300, seed=2))

    frame = redrawn(profiles_of_window(window), reference(), n=300, seed=1)

    assert (frame["plan"] == OTHER).sum() == 100
    assert set(frame.columns) == {SCORE, *(f.name for f in FEATURES)}
    assert frame[SCORE].is_between(0, 1).all()


def test_the_seed_is_all_that_moves_it() -> None:
    assert drawn(50).equals(drawn(50))
    assert not drawn(50).equals(drawn(50, seed=2))
    assert drawn(50)["plan"].sort().equals(drawn(50, seed=2)["plan"].sort())


def test_a_day_of_nobody_is_redrawn_as_missing() -> None:
    window = counted(rows(0, seed=1))

    frame = redrawn(profiles_of_window(window), reference(), n=10, seed=1)

    assert frame.null_count().row(0) == (10,) * frame.width


@settings(max_examples=40)
@given(counts=st.lists(st.integers(0, 10**9), min_size=2), n=st.integers(0, 5000))
def test_rows_are_shared_out_to_the_last_one(counts: list[int], n: int) -> None:
    sizes = apportioned(counts, n)

    assert sum(sizes) == n
    if total := sum(counts):
        exact = [count * n / total for count in counts]
        assert all(abs(s - e) < 1 for s, e in zip(sizes, exact, strict=True))
