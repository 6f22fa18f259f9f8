import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.evaluation.scorecard import Estimate
from churn.gates.check import compare, hold, worst
from tests.churn.gates.figures import UNDEFINED, between

ORDER = ["failed", "undecided", "passed"]
NUMBERS = st.integers(-8, 8).map(lambda i: i / 8)


@pytest.mark.parametrize(
    ("bound", "outcome"),
    [
        (0.69, "passed"),
        (0.70, "passed"),
        (0.71, "undecided"),
        (0.90, "undecided"),
        (0.91, "failed"),
    ],
)
def test_a_floor_by_interval(bound, outcome):
    observed = between(0.7, 0.8, 0.9)

    assert compare(observed, bound, by="interval", at_least=True) == outcome


@pytest.mark.parametrize(
    ("bound", "outcome"),
    [
        (0.69, "failed"),
        (0.70, "undecided"),
        (0.89, "undecided"),
        (0.90, "passed"),
        (0.91, "passed"),
    ],
)
def test_a_ceiling_by_interval(bound, outcome):
    observed = between(0.7, 0.8, 0.9)

    assert compare(observed, bound, by="interval", at_least=False) == outcome


@pytest.mark.parametrize(
    ("bound", "as_floor", "as_ceiling"),
    [
        (0.79, "passed", "failed"),
        (0.80, "passed", "passed"),
        (0.81, "failed", "passed"),
    ],
)
def test_by_value_the_interval_does_not_matter(bound, as_floor, as_ceiling):
    observed = between(0.0, 0.8, 1.0)

    assert compare(observed, bound, by="value", at_least=True) == as_floor
    assert compare(observed, bound, by="value", at_least=False) == as_ceiling


def test_a_figure_without_interval_is_decided_by_value_only():
    observed = Estimate(0.8, None, None, 3)

    assert compare(observed, 0.5, by="interval", at_least=True) == "undecided"
    assert compare(observed, 0.5, by="value", at_least=True) == "passed"


@given(
    st.tuples(NUMBERS, NUMBERS, NUMBERS).map(sorted),
    NUMBERS,
    NUMBERS.map(abs),
    st.sampled_from(["value", "interval"]),
)
def test_a_better_figure_is_never_answered_worse(limits, bound, better, by):
    before = between(*limits)
    after = between(*(limit + better for limit in limits))

    floors = [compare(e, bound, by=by, at_least=True) for e in (before, after)]
    ceilings = [compare(e, bound, by=by, at_least=False) for e in (after, before)]

    assert ORDER.index(floors[0]) <= ORDER.index(floors[1])
    assert ORDER.index(ceilings[0]) <= ORDER.index(ceilings[1])


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS).map(sorted), NUMBERS, st.floats(0, 1))
def test_a_narrower_interval_never_turns_passed_into_failed(limits, bound, share):
    low, value, high = limits
    narrow = between(
        value - share * (value - low), value, value + share * (high - value)
    )

    wide = compare(between(*limits), bound, by="interval", at_least=True)
    found = compare(narrow, bound, by="interval", at_least=True)

    assert (wide, found) not in [("passed", "failed"), ("failed", "passed")]
    assert wide in ("undecided", found)


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS).map(sorted), NUMBERS, NUMBERS.map(abs))
def test_a_higher_floor_is_never_answered_better(limits, bound, more):
    found = [
        compare(between(*limits), b, by="interval", at_least=True)
        for b in (bound, bound + more)
    ]

    assert ORDER.index(found[1]) <= ORDER.index(found[0])


def test_worst_of_all():
    assert worst(["passed", "undecided", "failed"]) == "failed"
    assert worst(["passed", "undecided"]) == "undecided"
    assert worst(["passed"]) == "passed"


@pytest.mark.parametrize("missing", [None, UNDEFINED])
def test_a_figure_that_does_not_exist_is_undefined(missing):
    found = hold("roc_auc", missing, 0.8, by="value", at_least=True)

    assert (found.outcome, found.is_undefined) == ("undecided", True)
    assert found.sentence == (
        "roc_auc is undefined on the test rows, so nothing can be said"
    )


def test_the_sentence_says_what_was_found_and_wanted():
    found = hold("brier", between(0.1, 0.15, 0.2), 0.12, by="value", at_least=False)

    assert found.sentence == "brier 0.15 (0.1 to 0.2); wanted the value at most 0.12"
    assert (found.bound, found.observed.value) == (0.12, 0.15)
