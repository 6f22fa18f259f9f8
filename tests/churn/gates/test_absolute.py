import pytest

from churn.gates.absolute import (
    calibration,
    ceiling,
    floor,
    group_recall,
    high_value_recall,
    high_value_share,
    suspiciously_good,
)
from tests.churn.gates.checks import check
from tests.churn.gates.figures import UNDEFINED, between, group, opponent, scorecard

REACHED, RATIO = "high_value_recall_at_contact_rate", "high_value_recall_ratio"


@pytest.mark.parametrize(("kind", "outcome"), [(floor, "passed"), (ceiling, "failed")])
def test_floor_and_ceiling_take_opposite_sides(kind, outcome):
    card = scorecard(figures={"roc_auc": between(0.8, 0.85, 0.9)})

    found = kind(check("floor", metric="roc_auc", bound=0.7), card)

    assert (found.outcome, found.bound) == (outcome, 0.7)


def test_floor_of_an_undefined_figure_says_so():
    card = scorecard(figures={"precision": UNDEFINED})

    assert floor(check("floor", metric="precision", bound=0.1), card).is_undefined


def calibrated(slope, ece, by="value"):
    numbers = {"slope_low": 0.8, "slope_high": 1.25, "ece_ceiling": 0.05}
    card = scorecard(figures={"calibration_slope": slope, "ece": ece})
    return calibration(check("calibration", by=by, **numbers), card)


@pytest.mark.parametrize(
    ("slope", "ece", "outcome", "bound"),
    [
        (0.80, 0.05, "passed", 0.8),
        (1.25, 0.05, "passed", 1.25),
        (0.79, 0.01, "failed", 0.8),
        (1.26, 0.01, "failed", 1.25),
        (1.00, 0.06, "failed", 0.05),
        (0.50, 0.06, "failed", 0.8),
    ],
)
def test_calibration_by_value(slope, ece, outcome, bound):
    found = calibrated(between(slope, slope, slope), between(ece, ece, ece))

    assert (found.outcome, found.bound) == (outcome, bound)


@pytest.mark.parametrize(
    ("slope", "ece", "outcome"),
    [
        ((0.9, 1.0, 1.1), (0.01, 0.02, 0.03), "passed"),
        ((0.7, 1.0, 1.1), (0.01, 0.02, 0.03), "undecided"),
        ((0.9, 1.0, 1.3), (0.01, 0.02, 0.03), "undecided"),
        ((0.9, 1.0, 1.1), (0.01, 0.04, 0.06), "undecided"),
        ((0.5, 0.6, 0.7), (0.01, 0.04, 0.06), "failed"),
        ((0.7, 1.0, 1.3), (0.06, 0.07, 0.08), "failed"),
    ],
)
def test_calibration_by_interval(slope, ece, outcome):
    found = calibrated(between(*slope), between(*ece), by="interval")

    assert found.outcome == outcome


@pytest.mark.parametrize(
    ("slope", "ece"),
    [(UNDEFINED, between(0, 0, 0)), (between(1, 1, 1), UNDEFINED), (None, None)],
)
def test_calibration_is_undefined_when_either_figure_is(slope, ece):
    figures = {"calibration_slope": slope, "ece": ece}
    card = scorecard(figures={n: f for n, f in figures.items() if f is not None})
    numbers = {"slope_low": 0.8, "slope_high": 1.25, "ece_ceiling": 0.05}

    assert calibration(check("calibration", **numbers), card).is_undefined


@pytest.mark.parametrize(
    ("bound", "outcome"), [(0.75, "passed"), (0.80, "passed"), (0.81, "failed")]
)
def test_high_value_recall_reaches_the_data_set_s_bound(bound, outcome):
    card = scorecard(figures={"high_value_recall": between(0.7, 0.8, 0.9)})

    found = high_value_recall(check("high_value_recall", by="value", bound=bound), card)

    assert found.outcome == outcome


def test_high_value_recall_is_skipped_where_the_data_set_names_no_bound():
    found = high_value_recall(check("high_value_recall"), scorecard())

    assert (found.outcome, found.is_undefined) == ("skipped", False)
    assert found.sentence == "skipped, the data set names no bound of its own"


def rival(name, reached, ratio):
    figures = {REACHED: between(reached, reached, reached), RATIO: between(*ratio)}
    return opponent(name, figures=figures)


def share_of(*opponents):
    return high_value_share(
        check("high_value_share", share=0.9), scorecard(opponents=opponents)
    )


@pytest.mark.parametrize(
    ("ratio", "outcome"),
    [
        ((0.90, 0.95, 1.0), "passed"),
        ((0.85, 0.95, 1.0), "undecided"),
        ((0.70, 0.80, 0.9), "undecided"),
        ((0.70, 0.80, 0.89), "failed"),
    ],
)
def test_high_value_share_of_the_oracle(ratio, outcome):
    found = share_of(rival("oracle", 0.5, ratio), rival("logistic", 0.9, (0, 0, 0)))

    assert found.outcome == outcome
    assert "of oracle" in found.sentence


def test_high_value_share_of_the_best_baseline_without_an_oracle():
    found = share_of(
        rival("majority", 0.3, (2.0, 2.0, 2.0)),
        rival("logistic", 0.8, (0.7, 0.75, 0.8)),
        rival("best_rule", 0.5, (1.2, 1.2, 1.2)),
        rival("champion", 0.9, (0.6, 0.67, 0.7)),
    )

    assert (found.outcome, found.observed.value) == ("failed", 0.75)
    assert "of logistic" in found.sentence


def test_high_value_share_leaves_out_baselines_without_a_figure():
    undefined = opponent("majority", figures={REACHED: UNDEFINED, RATIO: UNDEFINED})

    found = share_of(undefined, rival("logistic", 0.8, (0.95, 0.97, 1.0)))

    assert found.outcome == "passed"


def test_high_value_share_is_undefined_when_nobody_reaches_anyone():
    empty = opponent("oracle", figures={REACHED: UNDEFINED, RATIO: UNDEFINED})

    assert share_of(empty).is_undefined
    assert share_of(opponent("logistic", figures={REACHED: UNDEFINED})).is_undefined
    assert share_of().is_undefined


def alarm(auc, *, by="value", gain=None):
    oracle = [opponent("oracle", gains={"roc_auc": gain})] if gain else []
    card = scorecard(figures={"roc_auc": auc}, opponents=oracle)
    return suspiciously_good(check("suspiciously_good", by=by, bound=0.88), card)


@pytest.mark.parametrize(
    ("auc", "by", "outcome"),
    [
        ((0.84, 0.86, 0.88), "value", "passed"),
        ((0.86, 0.88, 0.90), "value", "passed"),
        ((0.87, 0.89, 0.91), "value", "failed"),
        ((0.87, 0.89, 0.91), "interval", "undecided"),
        ((0.89, 0.90, 0.91), "interval", "failed"),
    ],
)
def test_leak_alarm_above_a_ceiling(auc, by, outcome):
    found = alarm(between(*auc), by=by)

    assert found.outcome == outcome
    assert ("look for a leak" in found.sentence) is (outcome == "failed")


@pytest.mark.parametrize(
    ("gain", "outcome"),
    [
        ((0.01, 0.02, 0.03), "failed"),
        ((0.0, 0.01, 0.02), "passed"),
        ((-0.01, 0.01, 0.02), "passed"),
        ((-0.03, -0.02, -0.01), "passed"),
    ],
)
def test_leak_alarm_above_the_true_probabilities(gain, outcome):
    found = alarm(between(0.84, 0.85, 0.86), gain=between(*gain))

    assert found.outcome == outcome
    assert ("only a leak can do" in found.sentence) is (outcome == "failed")


def test_leak_alarm_of_an_undefined_figure_is_undefined():
    assert alarm(UNDEFINED).is_undefined


def recall_of_pros(*groups, by="interval", **bound):
    texts = {"slice": "plan", "group": "pro"}
    return group_recall(
        check("group_recall", by=by, texts=texts, **bound), scorecard(slices=groups)
    )


@pytest.mark.parametrize(
    ("bound", "outcome"), [(0.6, "passed"), (0.7, "undecided"), (0.81, "failed")]
)
def test_recall_is_asked_of_the_named_group_alone(bound, outcome):
    pro = group("pro", {"recall": between(0.6, 0.7, 0.8)})
    other = group("basic", {"recall": between(0.1, 0.1, 0.1)})

    found = recall_of_pros(other, pro, bound=bound)

    assert (found.outcome, found.metric) == (outcome, "recall")
    assert found.sentence.startswith("recall in plan pro 0.7 (0.6 to 0.8)")


def test_a_group_that_is_not_there_has_no_recall():
    assert recall_of_pros(bound=0.5).is_undefined
    assert recall_of_pros(group("pro", {"recall": UNDEFINED}), bound=0.5).is_undefined


def test_recall_in_a_group_is_skipped_without_a_bound_of_the_data_set():
    assert recall_of_pros().outcome == "skipped"
