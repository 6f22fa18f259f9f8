from dataclasses import fields, replace

import numpy as np
import pytest

from churn.errors import DataError
from churn.monitoring.churn_sums import ChurnSums, expected, known, quotient, stacked
from churn.monitoring.scores import LABELLED, ScoredRows, count_scores
from churn.scoring.decision import Economics, contact, expected_net_value

ECONOMICS = Economics(offer_eur=15.0, contact_eur=1.0, acceptance_rate=0.3)


def rows(n: int, seed: int) -> ScoredRows:
    rng = np.random.default_rng(seed)
    probability, value = rng.beta(1, 6, n), rng.lognormal(5, 1, n)
    return ScoredRows(
        probability=probability,
        customer_value=value,
        is_contacted=contact(probability, value, ECONOMICS),
        is_churn=rng.random(n) < probability,
    )


def totals(sums: ChurnSums) -> list[float]:
    return [float(getattr(sums, field.name).sum()) for field in fields(ChurnSums)]


def test_by_labels_a_row_is_a_churner_or_none() -> None:
    of = rows(300, 1)
    p, churn, is_contacted = of.probability, of.is_churn, of.is_contacted
    kept = expected_net_value(churn.astype(float), of.customer_value, ECONOMICS)
    net = kept * is_contacted
    caught = (churn & is_contacted).sum()

    found = totals(known(count_scores(of, ECONOMICS)))

    of_scores = [300, p.sum(), (p**2).sum(), churn.sum(), churn.sum()]
    of_contacts = [is_contacted.sum(), caught, caught, net.sum(), (net**2).sum()]
    assert found == pytest.approx([*of_scores, *of_contacts])


def test_without_labels_a_row_is_as_much_of_a_churner_as_its_probability() -> None:
    of = rows(300, 2)

    found = expected(count_scores(of, ECONOMICS))

    assert found.churn.sum() == pytest.approx(of.probability.sum())
    assert found.churn_square.sum() == pytest.approx((of.probability**2).sum())
    assert found.churn_contacted.sum() == pytest.approx(
        of.probability[of.is_contacted].sum()
    )


def test_the_sums_of_parts_are_those_of_the_whole() -> None:
    parts = [known(count_scores(rows(50, seed), ECONOMICS)) for seed in (1, 2)]

    side_by_side = stacked(parts)

    assert totals(parts[0] + parts[1]) == pytest.approx(totals(side_by_side))
    assert totals(side_by_side[1]) == totals(parts[1])


def test_counts_without_labels_have_none() -> None:
    counts = count_scores(rows(5, 1), ECONOMICS)

    with pytest.raises(DataError, match="expected counts with labels"):
        known(replace(counts, **dict.fromkeys(LABELLED)))


def test_what_cannot_be_divided_is_as_was_asked_for() -> None:
    found = quotient(np.array([1.0, 2.0, 3.0]), np.array([2.0, 0.0, -1.0]), np.nan)

    np.testing.assert_array_equal(found, [0.5, np.nan, np.nan])
    assert quotient(np.ones(2), np.zeros(2), np.array([7.0, 8.0])).tolist() == [7, 8]
