import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import distance
from scipy.stats import entropy, ks_2samp

from churn.monitoring.distances import (
    jensen_shannon,
    kolmogorov_smirnov,
    kullback_leibler,
    smoothed,
    stability,
)

COUNTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=52).filter(any)
PAIRS = st.integers(1, 52).flatmap(
    lambda n: st.tuples(
        *[st.lists(st.integers(0, 10**7), min_size=n, max_size=n).filter(any)] * 2
    )
)


def shares(counts: list[int], met: list[bool]) -> list[float]:
    """Half a row more in every bin that is met, in plain Python."""
    more = [c + 0.5 for c, is_met in zip(counts, met, strict=True) if is_met]
    return [one / math.fsum(more) for one in more]


@settings(max_examples=40)
@given(PAIRS)
def test_distances_agree_with_plain_python_and_scipy(
    pair: tuple[list[int], list[int]],
) -> None:
    before, now = (np.array(counts, float) for counts in pair)
    met = [a + b > 0 for a, b in zip(*pair, strict=True)]
    p, q = (shares(counts, met) for counts in pair)
    psi = math.fsum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))

    found = stability(before, now, n_reference=200, n_current=300)

    assert found.value == pytest.approx(psi, rel=1e-12, abs=1e-12)
    assert kullback_leibler(before, now) == pytest.approx(
        float(entropy(q, p)), rel=1e-12, abs=1e-12
    )
    assert jensen_shannon(before, now) ** 2 == pytest.approx(
        float(distance.jensenshannon(before, now, base=2)) ** 2, abs=1e-12
    )
    figures = (found.corrected, found.standard_error)
    assert all(map(math.isfinite, figures))


@settings(max_examples=40)
@given(PAIRS)
def test_kolmogorov_smirnov_is_scipys_on_values_in_the_middle_of_bins(
    pair: tuple[list[int], list[int]],
) -> None:
    few = [[count % 8 for count in counts] for counts in pair]
    rows = [[k for k, n in enumerate(counts) for _ in range(n)] for counts in few]
    if not all(rows):
        return
    before, now = (np.array(counts, float) for counts in few)

    found, p_value = kolmogorov_smirnov(
        before, now, n_reference=len(rows[0]), n_current=len(rows[1])
    )

    of_scipy = ks_2samp(*rows, method="asymp").statistic
    assert found == pytest.approx(of_scipy, abs=1e-12)
    assert 0 <= p_value <= 1


def test_two_bins_worked_out_by_hand() -> None:
    before, now = np.array([49.5, 49.5]), np.array([24.5, 74.5])

    found = stability(before, now, n_reference=100, n_current=100)

    # (0.25 - 0.5) log(0.5) + (0.75 - 0.5) log(1.5) = 0.25 log 3, less 1 * 0.02.
    assert found.value == pytest.approx(0.25 * math.log(3))
    assert found.corrected == pytest.approx(0.25 * math.log(3) - 0.02)
    by_q = [math.log(0.5) + 1 - 2, math.log(1.5) + 1 - 2 / 3]
    by_p = [math.log(2) + 1 - 0.5, -math.log(1.5) + 1 - 1.5]
    variance = (
        0.25 * 0.75 * (by_q[0] - by_q[1]) ** 2 / 100
        + 0.25 * (by_p[0] - by_p[1]) ** 2 / 100
        - 2 * 0.02**2
    )
    assert found.standard_error == pytest.approx(math.sqrt(variance))
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 5.0])) == 1.0


def test_a_bin_that_nobody_is_in_says_nothing() -> None:
    before, now = np.array([40.0, 60.0]), np.array([10.0, 90.0])

    found = [
        stability(
            np.append(before, tail), np.append(now, tail), n_reference=9, n_current=9
        )
        for tail in ([], [0.0], [0.0] * 40)
    ]

    assert found[0] == found[1] == found[2]
    assert smoothed(np.append(before, 0.0), np.append(now, 0.0))[0].size == 2


@pytest.mark.parametrize(
    ("n", "m", "weights"),
    [
        (20_000, 5_000, [1.0] * 10),
        (2_000, 50_000, [1.0] * 10),
        (5_000, 1_000, [0.55, 0.3, 0.1, 0.03, 0.02]),
    ],
)
def test_where_nothing_changed_the_corrected_index_is_about_nought(
    n: int, m: int, weights: list[float]
) -> None:
    rng = np.random.default_rng(11)
    share = np.array(weights) / sum(weights)
    found = [
        stability(
            rng.multinomial(n, share).astype(float),
            rng.multinomial(m, share).astype(float),
            n_reference=n,
            n_current=m,
        )
        for _ in range(1000)
    ]

    corrected = np.array([one.corrected for one in found])
    claimed = np.mean([one.standard_error for one in found])

    assert abs(corrected.mean()) < 4 * corrected.std() / np.sqrt(1000)
    assert 0.95 < claimed / corrected.std() < 1.25
    # The uncorrected one is not: more bins and fewer rows are taken for drift.
    assert np.mean([one.value for one in found]) > 3 * abs(corrected.mean())


def test_where_much_changed_the_standard_error_is_that_of_repetition() -> None:
    rng = np.random.default_rng(12)
    p, q = np.full(10, 0.1), np.arange(1, 11) / 55
    found = [
        stability(
            rng.multinomial(4000, p).astype(float),
            rng.multinomial(2000, q).astype(float),
            n_reference=4000,
            n_current=2000,
        )
        for _ in range(1000)
    ]
    exact = float(((q - p) * np.log(q / p)).sum())

    corrected = np.array([one.corrected for one in found])

    assert corrected.mean() == pytest.approx(exact, rel=0.02)
    claimed = np.mean([one.standard_error for one in found])
    assert claimed == pytest.approx(corrected.std(), rel=0.1)


def test_kolmogorov_smirnov_is_too_careful_rather_than_too_quick() -> None:
    rng = np.random.default_rng(13)
    p = [
        kolmogorov_smirnov(
            rng.multinomial(3000, [0.1] * 10).astype(float),
            rng.multinomial(1000, [0.1] * 10).astype(float),
            n_reference=3000,
            n_current=1000,
        )[1]
        for _ in range(1000)
    ]

    assert np.mean(np.array(p) < 0.05) <= 0.05
