from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks.monitored import ECONOMICS, QUIET, Cells, Model
from churn.monitoring.churn_sums import ChurnSums, expected, known
from churn.monitoring.losses import (
    Loss,
    Rows,
    broken_promise,
    estimated_ranking,
    matured_ranking,
    miscalibration,
    rate_error,
)
from churn.monitoring.scores import ScoreCounts

N_REPETITIONS = 60
N_REFERENCE, N_NOW = 4_000, 20_000


def rows(n, churn, p_sum=None) -> Rows:
    nothing = np.zeros(len(n))
    p = churn if p_sum is None else p_sum
    parts = [n, p, nothing, churn, churn, *[nothing] * 5]
    sums = ChurnSums(*(np.array(part, dtype=float) for part in parts))
    return Rows(sums, np.float64(sum(n)))


def drawn(model, world, n, rng) -> ScoreCounts:
    cells = Cells.of(model, world.shares(is_weekend=False), world.churn())
    return cells.draw(np.array([n]), rng, is_labelled=True)


def both(counts: ScoreCounts) -> tuple[Rows, Rows]:
    n = counts.n.sum(axis=-1).astype(float)
    return Rows(expected(counts), n), Rows(known(counts), n)


def losses(mean: float, seed: int) -> dict[str, Loss]:
    """A model newly calibrated, and one day of other customers, with their labels."""
    rng = np.random.default_rng(seed)
    model = Model.fitted(QUIET, N_REFERENCE, rng)
    (said, was), (promised, found) = (
        both(drawn(model, world, n, rng))
        for world, n in ((QUIET, N_REFERENCE), (replace(QUIET, mean=mean), N_NOW))
    )
    return {
        "estimated_ranking": estimated_ranking(said, was.sums, promised),
        "matured_ranking": matured_ranking(was, found),
        "miscalibration": miscalibration(was, found),
        "broken_promise": broken_promise(was, promised, found, ECONOMICS),
    }


@cache
def repetitions(mean: float) -> list[dict[str, Loss]]:
    return [losses(mean, seed) for seed in range(N_REPETITIONS)]


@pytest.mark.parametrize("mean", [0.0, pytest.param(0.6, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("matured_ranking", 0.8, 1.25),
        ("miscalibration", 0.8, 1.25),
        ("broken_promise", 0.8, 1.25),
        # Each score's churn rate is taken to be unknown by itself: too careful.
        ("estimated_ranking", 0.9, 4.0),
    ],
)
def test_errors_are_the_spread_over_models_and_days(name, least, most, mean):
    found = [each[name] for each in repetitions(mean)]
    values = np.array([one.value for one in found])

    # Of a loss either way only the size is told.
    centre = 0.0 if name == "miscalibration" else values.mean()
    spread = np.sqrt(np.mean((values - centre) ** 2))

    claimed = np.sqrt(np.mean([one.total_error**2 for one in found]))
    assert least < claimed / spread < most


def test_churn_beyond_and_short_of_the_expected_count_alike():
    # 10 of 100 were expected: 13 came, then 7. Of 0.13 the error is 0.0336, of 0.1.
    reference = rows([100, 100], [5, 15])
    more, fewer = (rows([100], [k], p_sum=[10.0]) for k in (13, 7))

    found = miscalibration(reference, more)

    assert found.value == pytest.approx(0.3)
    assert found.error == pytest.approx(np.sqrt(0.13 * 0.87 / 100) / 0.1)
    assert found.reference_error == pytest.approx(np.sqrt(0.1 * 0.9 / 200) / 0.1)
    assert miscalibration(reference, fewer).value == pytest.approx(0.3)


def test_where_nothing_was_expected_nothing_is_claimed():
    found = miscalibration(rows([9], [1]), rows([9], [1], p_sum=[0.0]))

    assert np.isnan([found.value, found.error]).all()


def test_of_scores_never_seen_the_churn_rate_is_not_known_at_all():
    error = rate_error(np.array([0.0, 2.0]), rows([50, 0], [5, 0]).sums, np.float64(50))

    assert error == pytest.approx(2 * 0.5)


def test_repeated_customers_tell_less_of_a_rate():
    slopes, sums = np.array([1.0]), rows([100], [10]).sums

    once, twice = (rate_error(slopes, sums, np.float64(n)) for n in (100, 50))

    assert twice == pytest.approx(np.sqrt(2) * once)


def test_errors_of_both_sides_add_as_squares():
    loss = Loss(np.array(0.1), np.array(3.0), np.array(4.0))

    assert loss.total_error == 5.0


@pytest.mark.parametrize(
    ("n", "churn", "is_enough"),
    [
        ([100], [50], True),
        ([99], [50], False),
        ([300], [49], False),
        ([300], [260], False),
    ],
)
def test_rows_churners_and_loyal_must_be_enough(n, churn, is_enough):
    found = rows(n, churn).is_enough(fewest_rows=100, fewest_churners=50)

    assert bool(found) is is_enough


def test_repeated_customers_are_not_enough():
    half = replace(rows([100], [60]), n_effective=np.float64(50))

    assert not half.is_enough(fewest_rows=50, fewest_churners=31)
    assert half.is_enough(fewest_rows=50, fewest_churners=20)
