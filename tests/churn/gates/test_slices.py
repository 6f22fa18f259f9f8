import pytest

from churn.gates.slices import slices
from tests.churn.gates.checks import check
from tests.churn.gates.figures import UNDEFINED, between, group, scorecard


def held(*groups, metric="roc_auc", bound=0.6, by="interval"):
    asked = check("slices", metric=metric, by=by, bound=bound, min_rows=200)
    return slices(asked, scorecard(slices=groups))


def auc(name, low, value, high, n_rows=300):
    return group(name, {"roc_auc": between(low, value, high)}, n_rows=n_rows)


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ((0.60, 0.70, 0.80), "passed"),
        ((0.59, 0.70, 0.80), "undecided"),
        ((0.40, 0.50, 0.60), "undecided"),
        ((0.40, 0.50, 0.59), "failed"),
    ],
)
def test_a_single_slice_is_held_against_its_own_interval(limits, outcome):
    assert held(auc("basic", *limits)).outcome == outcome


def test_one_bad_slice_among_good_ones_fails_and_is_named():
    found = held(auc("basic", 0.8, 0.85, 0.9), auc("pro", 0.3, 0.35, 0.4))

    assert (found.outcome, found.observed.value) == ("failed", 0.35)
    assert "worst of 2 slices, plan pro" in found.sentence
    assert "with 2 looks in mind" in found.sentence


def test_the_lowest_of_several_bad_slices_is_named():
    found = held(auc("a", 0.3, 0.4, 0.45), auc("b", 0.1, 0.2, 0.3))

    assert "plan b" in found.sentence


def test_many_looks_need_more_evidence_than_one():
    bad = auc("pro", 0.48, 0.53, 0.595)

    alone = held(bad).outcome
    among_ten = held(bad, *(auc(f"g{i}", 0.8, 0.85, 0.9) for i in range(9))).outcome

    assert (alone, among_ten) == ("failed", "undecided")


@pytest.mark.parametrize(("n_rows", "outcome"), [(199, "skipped"), (200, "failed")])
def test_slices_below_the_minimum_size_do_not_count(n_rows, outcome):
    assert held(auc("pro", 0.3, 0.35, 0.4, n_rows=n_rows)).outcome == outcome


def test_undefined_slices_are_left_out():
    found = held(group("tiny", {"roc_auc": UNDEFINED}), auc("pro", 0.7, 0.8, 0.9))

    assert found.outcome == "passed"
    assert "worst of 1 slices, plan pro" in found.sentence


@pytest.mark.parametrize("groups", [[], [group("tiny", {"roc_auc": UNDEFINED})]])
def test_no_slice_with_a_figure_skips_and_says_so(groups):
    found = held(*groups)

    assert (found.outcome, found.observed) == ("skipped", None)
    assert found.sentence == "skipped, no slice of at least 200 rows has a figure"


def test_a_metric_of_which_less_is_better_has_a_ceiling():
    good = group("good", {"ece": between(0.01, 0.02, 0.03)})
    bad = group("bad", {"ece": between(0.2, 0.3, 0.4)})

    found = held(good, bad, metric="ece", bound=0.1)

    assert (found.outcome, found.observed.value) == ("failed", 0.3)
    assert held(good, metric="ece", bound=0.1).outcome == "passed"
    assert "wanted at most 0.1" in found.sentence


def test_by_value_slices_are_held_without_their_intervals():
    assert held(auc("pro", 0.3, 0.6, 0.9), by="value").outcome == "passed"
    assert held(auc("pro", 0.3, 0.59, 0.9), by="value").outcome == "failed"


def test_by_holm_the_second_worst_needs_less_than_the_worst():
    # Two one-sided p-values of 0.012 and 0.02: the first is below 0.025 / 2, and then
    # the second is held against 0.025 alone. Bonferroni would leave it undecided.
    first, second = bad_by(2.257), bad_by(2.054)

    assert held(auc("a", *first), auc("b", 0.8, 0.85, 0.9)).outcome == "failed"
    assert held(auc("b", *second), auc("c", 0.8, 0.85, 0.9)).outcome == "undecided"
    both = held(auc("a", *first), auc("b", *second))
    assert (both.outcome, both.observed.value) == ("failed", first[1])


def bad_by(errors):
    """An interval of standard error 0.02 whose middle is so many of them below 0.6."""
    middle = 0.6 - errors * 0.02
    return middle - 1.96 * 0.02, middle, middle + 1.96 * 0.02


def test_all_pass_when_each_passes_alone_however_many_they_are():
    groups = [auc(f"g{i}", 0.6, 0.7, 0.8) for i in range(9)]

    assert held(*groups).outcome == "passed"


def test_a_slice_without_interval_proves_nothing():
    assert held(auc("pro", None, 0.1, None)).outcome == "undecided"


@pytest.mark.parametrize(("value", "outcome"), [(0.59, "failed"), (0.6, "passed")])
def test_a_slice_that_never_varies_is_what_it_is(value, outcome):
    assert held(auc("pro", value, value, value)).outcome == outcome


def test_only_the_interval_s_side_towards_the_bound_counts():
    # 0.1 below the bound: 2.45 errors of 0.08 / 1.96, or less than one of 0.3 / 1.96.
    assert held(auc("pro", 0.2, 0.5, 0.58)).outcome == "failed"
    ece = group("pro", {"ece": between(0.02, 0.1, 0.4)})
    assert held(ece, metric="ece", bound=0.01).outcome == "failed"
