"""What others' drift reports stumble over is here answered with figures, or with None.

Known stumbling blocks: a constant column, an empty batch, sides of very unequal size,
columns without a value, categories that were never there.
"""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.monitoring.drift import Distances, FeatureDrift, drift_of
from churn.profiles import Profile, category_profile, number_profile, same_bins

NUMBERS = st.lists(
    st.sampled_from([0.0, 1.0, 2.5, -7.0, 1e30, math.inf, -math.inf, math.nan]),
    max_size=40,
).map(lambda values: np.array(values, dtype=np.float32))
TEXTS = st.lists(st.sampled_from(["a", "b", "new", ""]), max_size=40).map(
    lambda values: np.array(values, dtype=object)
)


def compared(reference: Profile, current: Profile, fewest: int = 1) -> FeatureDrift:
    return drift_of(
        "x",
        reference,
        current,
        n_reference=reference.n,
        n_current=current.n,
        fewest_rows=fewest,
    )


def far(reference: Profile, current: Profile) -> Distances:
    found = compared(reference, current).distances
    assert found is not None
    return found


def numbers(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


@given(reference=NUMBERS, current=NUMBERS)
def test_numbers_of_any_kind_give_finite_figures_or_none(
    reference: np.ndarray, current: np.ndarray
) -> None:
    before = number_profile(reference)

    drift = compared(before, same_bins(before, current))

    assert_sound(drift, len(reference), len(current))


@given(reference=TEXTS, current=TEXTS)
def test_categories_of_any_kind_give_finite_figures_or_none(
    reference: np.ndarray, current: np.ndarray
) -> None:
    before = category_profile(reference)

    drift = compared(before, same_bins(before, current))

    assert_sound(drift, len(reference), len(current))
    assert drift.distances is None or drift.distances.ks is None


def assert_sound(drift: FeatureDrift, n_reference: int, n: int) -> None:
    """Finite figures where both sides have rows, and None where one has not."""
    assert (drift.n_reference, drift.n) == (n_reference, n)
    assert len(drift.bins) == len(drift.shares) == len(drift.reference_shares)
    if not n_reference or not n:
        assert drift.distances is None
        return
    assert drift.distances is not None
    figures = [value for value in astuple(drift.distances) if value is not None]
    assert all(math.isfinite(value) for value in figures)
    assert math.fsum(drift.shares) == pytest.approx(1)


def test_a_constant_column_has_not_drifted() -> None:
    before = number_profile(np.full(1000, 3.0, np.float32))

    found = far(before, same_bins(before, np.full(50, 3.0, np.float32)))

    assert found.psi == found.ks == found.jensen_shannon == 0
    assert found.ks_p_value == 1


def test_an_empty_batch_has_no_distances() -> None:
    before = number_profile(numbers(*range(1000)))

    drift = compared(before, same_bins(before, numbers()))

    assert drift.distances is None
    assert drift.n == 0


def test_sides_of_very_unequal_size_are_compared() -> None:
    rng = np.random.default_rng(1)
    before = number_profile(rng.standard_normal(1_000_000).astype(np.float32))

    found = far(before, same_bins(before, rng.standard_normal(300).astype(np.float32)))

    assert abs(found.psi_corrected) < 3 * found.psi_standard_error
    assert found.ks_p_value is not None
    assert found.ks_p_value > 0.001


@pytest.mark.parametrize("is_before", [True, False])
def test_a_column_without_any_value_drifts_by_its_missing_rate_alone(
    is_before: bool,
) -> None:
    full, empty = numbers(*range(100)), np.full(100, np.nan, np.float32)
    before = number_profile(empty if is_before else full)

    found = far(before, same_bins(before, full if is_before else empty))

    assert found.ks is found.ks_p_value is None
    rates = (found.reference_missing_rate, found.missing_rate)
    assert rates == ((1.0, 0.0) if is_before else (0.0, 1.0))
    assert found.psi > 1
    assert found.jensen_shannon == 1


def test_categories_that_were_never_there_are_new() -> None:
    before = category_profile(np.array(["a", "b"] * 50, dtype=object))

    found = far(before, same_bins(before, np.array(["a", "moon"] * 30, dtype=object)))

    assert found.new_category_share == 0.5
    assert found.reference_new_category_share == 0


def test_fewer_customers_than_asked_for_are_not_compared() -> None:
    before = number_profile(numbers(*range(1000)))
    now = same_bins(before, numbers(*range(199)))

    assert compared(before, now, fewest=199).distances is not None
    assert compared(before, now, fewest=200).distances is None


def test_errors_go_by_customers_and_not_by_their_rows() -> None:
    before = number_profile(numbers(*range(1000)))
    now = same_bins(before, numbers(*range(1000)))

    rows, customers = (
        drift_of("x", before, now, n_reference=n, n_current=n, fewest_rows=1).distances
        for n in (1000, 100)
    )

    assert rows is not None
    assert customers is not None
    assert customers.psi == rows.psi
    assert customers.psi_standard_error == pytest.approx(10 * rows.psi_standard_error)


def test_bins_are_told_in_words() -> None:
    before = number_profile(numbers(0, 0, 0, 0, 5, 5))
    texts = category_profile(np.array(["b", "b", "a"], dtype=object))

    drift = compared(before, same_bins(before, numbers(0, 9, np.nan, 3)))

    assert drift.bins == ("up to 0", "0 to 5", "over 5", "missing")
    assert drift.shares == (0.25, 0.25, 0.25, 0.25)
    assert compared(texts, texts).bins == ("b", "a", "another", "missing")
    assert (drift.is_significant, drift.since) == (False, None)
