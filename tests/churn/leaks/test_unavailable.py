import polars as pl
import pytest

from churn.evaluation.scorecard import Estimate
from churn.features.declarations import Feature
from churn.leaks.unavailable import filled_by_outcome, gone, unavailable_at_serving

SCORE = [Feature(name="score", unit="points", meaning="A score.")]
N = 200


def frame(values: list, *, is_churn: list[bool] | None = None) -> pl.DataFrame:
    """As many customers as values."""
    return pl.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(values))],
            "score": pl.Series(values, dtype=pl.Float64),
            "is_churn": is_churn or [False] * len(values),
        }
    )


VARIES = [float(i % 5) for i in range(N)]


@pytest.mark.parametrize(
    ("trained", "served"),
    [
        (VARIES, [None] * N),
        (VARIES, [1.0] * N),
        ([None, 2.0] * (N // 2), [None] * N),
    ],
)
def test_what_only_training_rows_have_is_surely_gone(trained, served) -> None:
    (seen,) = unavailable_at_serving(frame(trained), frame(served), SCORE)

    assert seen.observed.value == 1
    assert seen.observed.low > 0.9


@pytest.mark.parametrize(
    ("trained", "served"),
    [
        (VARIES, VARIES),
        # As rare in both.
        ([None] * 49 + [1.0], [None] * 49 + [1.0]),
        # Rare, and of few who are scored none has it by chance.
        ([None] * 199 + [1.0], [None] * 40),
        # A column that came later, and has one value since.
        ([None] * 100 + [0.0] * 100, [0.0] * N),
        # Never a value anywhere.
        ([None] * N, [None] * N),
    ],
)
def test_what_those_to_be_scored_have_too_is_not(trained, served) -> None:
    (seen,) = unavailable_at_serving(frame(trained), frame(served), SCORE)

    assert seen.observed.low < 0.5


def test_what_counts_is_what_differs_from_most_of_those_to_be_scored() -> None:
    trained, served = [0.0, 5.0] * (N // 2), [5.0] * 10 + [0.0] * 190

    (seen,) = unavailable_at_serving(frame(trained), frame(served), SCORE)

    assert seen.observed.value == pytest.approx(1 - 0.05 / 0.5)


def test_the_sentence_gives_both_shares() -> None:
    (seen,) = unavailable_at_serving(frame([1.0, 2.0, 2.0, 2.0]), frame([1.0]), SCORE)

    assert seen.words == (
        "is known and not 1 in 75.0% of the training rows and in 0.0% of the rows to "
        "be scored"
    )


LEFT = [True] * 100 + [False] * 100
FILLED, EMPTY = [1.0] * 100, [None] * 100
SOME = [1.0] * 30 + [None] * 70


@pytest.mark.parametrize(
    "values",
    [
        FILLED + EMPTY,
        EMPTY + FILLED,
        SOME + EMPTY,
        EMPTY + SOME,
        SOME + FILLED,
        FILLED + SOME,
    ],
)
def test_a_value_or_its_absence_that_follows_the_outcome_is_seen(values) -> None:
    (seen,) = filled_by_outcome(frame(values, is_churn=LEFT), SCORE)

    assert seen.observed.value == 1
    assert seen.observed.low > 0.8


@pytest.mark.parametrize(
    "values", [FILLED + FILLED, SOME + SOME, [1.0] * 10 + [None] * 90 + SOME]
)
def test_what_some_of_each_have_is_passed_over(values) -> None:
    (seen,) = filled_by_outcome(frame(values, is_churn=LEFT), SCORE)

    assert seen.observed.low < 0.6


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (Estimate(0.0, 0.0, 0.03, 50), Estimate(1.0, 0.9, 1.0, 50)),
        (Estimate(0.8, 0.7, 0.9, 50), Estimate(0.0, 0.0, 0.0, 50)),
        (Estimate(None, None, None, 0), Estimate(0.0, 0.0, 0.0, 0)),
    ],
)
def test_a_part_that_is_gone_is_on_the_safe_side(here, expected) -> None:
    found = gone(Estimate(0.4, 0.3, 0.5, 90), here)

    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert found.n == expected.n
