import numpy as np
import pytest

from churn.monitoring.grid import N_BINS, score_bins
from churn.monitoring.scores import (
    FIELDS,
    LABELLED,
    ScoredRows,
    count_groups,
    count_scores,
    merged_scores,
    no_scores,
)
from churn.scoring.decision import Economics

ECONOMICS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)


def some_rows(n: int, *, seed: int, is_labelled: bool = True) -> ScoredRows:
    rng = np.random.default_rng(seed)
    return ScoredRows(
        probability=rng.beta(1, 4, n),
        customer_value=rng.lognormal(5, 1, n),
        is_contacted=rng.random(n) < 0.4,
        is_churn=rng.random(n) < 0.2 if is_labelled else None,
    )


def test_two_rows_worked_out_by_hand() -> None:
    rows = ScoredRows(
        probability=np.array([0.5, 0.5]),
        customer_value=np.array([200.0, 200.0]),
        is_contacted=np.array([True, False]),
        is_churn=np.array([True, True]),
    )

    counts = count_scores(rows, ECONOMICS)

    here = {
        name: getattr(counts, name)[score_bins(np.array([0.5]))[0]] for name in FIELDS
    }
    # A churner reached: 0.3 * (200 - 10) - 1 = 56; loyal: -11; on average 22.5.
    assert here == {
        "n": 2,
        "p_sum": 1.0,
        "p_square_sum": 0.5,
        "n_contacted": 1,
        "p_contacted_sum": 0.5,
        "net_sum_eur": 22.5,
        "net_square_sum_eur": 506.25,
        "n_churners": 2,
        "n_contacted_churners": 1,
        "realised_net_sum_eur": 56.0,
        "realised_net_square_sum_eur": 3136.0,
    }
    assert all(getattr(counts, name).shape == (N_BINS,) for name in FIELDS)
    assert (counts.n_rows, counts.is_labelled) == (2, True)


def test_parts_add_up_to_the_whole() -> None:
    whole = some_rows(500, seed=1)
    group = np.arange(500) % 3

    parts = count_groups(whole, ECONOMICS, group, 3)

    together, alone = merged_scores(parts[::-1]), count_scores(whole, ECONOMICS)
    for name in FIELDS:
        np.testing.assert_allclose(getattr(together, name), getattr(alone, name))
    assert [part.n_rows for part in parts] == [167, 167, 166]


def test_no_rows_change_nothing() -> None:
    counts = count_scores(some_rows(50, seed=2), ECONOMICS)

    more = merged_scores([counts, no_scores(is_labelled=True)])

    for name in FIELDS:
        np.testing.assert_array_equal(getattr(more, name), getattr(counts, name))


@pytest.mark.parametrize("name", LABELLED)
def test_what_rests_on_labels_is_unknown_as_soon_as_one_part_has_none(
    name: str,
) -> None:
    parts = [
        count_scores(some_rows(50, seed=3, is_labelled=known), ECONOMICS)
        for known in (True, False)
    ]

    together = merged_scores(parts)

    assert getattr(parts[1], name) is getattr(together, name) is None
    assert together.n_rows == 100
