from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from churn.errors import BundleError
from churn.model.columns import to_columns
from churn.model.spaces import KINDS
from churn.model.train import fit_recipe
from churn.scoring.bundle import Bundle, load_bundle
from churn.scoring.reasons import Explainer, Reason, proportional
from tests.churn.scoring.test_bundle import resealed
from tests.snapshot_rows import FEATURES, recipe, rows, strangers, windows

METHODS = ("none", "sigmoid", "isotonic")


@cache
def made(kind: str, method: str = "none") -> Bundle:
    return fit_recipe(windows(200), recipe(kind, (method,)))


def explained(
    bundle: Bundle, n: int = 60, drawn: Any = strangers
) -> tuple[Any, Any, list[list[Reason]]]:
    columns = to_columns(drawn(n, seed=9), FEATURES)
    probability, matrix = bundle.score_and_matrix(columns)
    reasons = Explainer.of(bundle).reasons(matrix, probability, most=99)
    return probability, matrix, reasons


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_shares_of_all_features_sum_to_what_moved_the_probability(
    kind: str, method: str
) -> None:
    bundle = made(kind, method)

    probability, _, reasons = explained(bundle)

    base = Explainer.of(bundle).base_probability
    shares = np.array([[r.share for r in row] for row in reasons])
    assert shares.shape == (60, len(FEATURES))
    np.testing.assert_allclose(shares.sum(axis=1), probability - base, atol=1e-12)
    assert np.abs(shares).max() < 2


@pytest.mark.parametrize("kind", KINDS)
def test_log_odds_of_all_features_sum_to_what_moved_the_score(kind: str) -> None:
    bundle = made(kind)

    probability, _, reasons = explained(bundle, drawn=rows)

    p, base = probability, Explainer.of(bundle).base_probability
    moved = np.log(p / (1 - p)) - np.log(base / (1 - base))
    found = [sum(r.log_odds for r in row) for row in reasons]
    np.testing.assert_allclose(found, moved, atol=1e-5)


def test_the_strongest_come_first_and_no_more_than_asked_for() -> None:
    bundle = made("xgboost")
    probability, matrix, everything = explained(bundle)

    three = Explainer.of(bundle).reasons(matrix, probability, most=3)

    assert three == [row[:3] for row in everything]
    for row in everything:
        sizes = [abs(r.log_odds) for r in row]
        assert sizes == sorted(sizes, reverse=True)


def test_a_value_beyond_all_measure_still_has_reasons() -> None:
    bundle = made("logistic_regression")
    columns, _ = bundle.inputs.columns([{"spend_cents": 3.4e38, "visits": -3.4e38}])
    probability, matrix = bundle.score_and_matrix(columns)
    # What a scale below 1 would make of them.
    matrix[:, :2] = np.inf, -np.inf

    explainer = Explainer.of(bundle)
    (reasons,) = explainer.reasons(matrix, probability, most=99)

    found = sum(r.share for r in reasons)
    assert found == pytest.approx(probability[0] - explainer.base_probability)


@pytest.mark.parametrize("kind", ["xgboost", "random_forest"])
def test_reasons_of_another_model_are_refused(kind: str) -> None:
    bundle = made(kind)
    other = fit_recipe(windows(150), recipe(kind, ("none",)))
    files = dict(bundle.files) | {"booster.ubj": other.files["booster.ubj"]}

    with pytest.raises(BundleError, match="they are another model's"):
        Explainer.of(load_bundle(resealed(files)))


def test_terms_that_cancel_keep_their_signs_and_the_total() -> None:
    terms = np.array([[2.0, -2.0, 0.0]])

    found = proportional(terms, np.array([0.01]), slope=0.25, largest=1.0)

    # 0.25 of each, and the 0.01 that is left, by size: half to each of the two.
    np.testing.assert_allclose(found, [[0.505, -0.495, 0.0]])


def test_a_steep_step_gives_no_share_beyond_one() -> None:
    # 0.5 for a sum of 0.01 would be fifty times each term.
    found = proportional(
        np.array([[1.0, -0.99]]), np.array([0.5]), slope=0.25, largest=1.0
    )

    # Factor 1, which leaves 0.49: 1/1.99 and 0.99/1.99 of it.
    expected = [[1 + 0.49 / 1.99, -0.99 + 0.49 * 0.99 / 1.99]]
    np.testing.assert_allclose(found, expected)


TERMS = arrays(np.float64, (3, 4), elements=st.floats(-50, 50))
TOTALS = arrays(np.float64, 3, elements=st.floats(-1, 1))


@given(TERMS, TOTALS)
def test_whatever_the_terms_their_parts_sum_to_the_total(
    terms: np.ndarray, totals: np.ndarray
) -> None:
    found = proportional(terms, totals, slope=0.2, largest=1.0)

    np.testing.assert_allclose(found.sum(axis=1), totals, atol=1e-9)
    assert np.isfinite(found).all()
    assert (np.abs(found) <= 2 + 1e-9).all()


@given(TERMS)
def test_terms_that_do_not_cancel_keep_their_order_and_signs(
    terms: np.ndarray,
) -> None:
    totals = terms.sum(axis=1) / 250

    found = proportional(terms, totals, slope=1 / 250)

    np.testing.assert_allclose(found, terms / 250, atol=1e-12)
