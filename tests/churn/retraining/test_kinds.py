"""Each rule fires exactly where its sentence says, and never out of ignorance."""

from datetime import date

import pytest

from churn.evaluation.scorecard import Estimate
from churn.retraining.decision import Drifted, Figure
from churn.retraining.kinds import Rule, answer
from tests.churn.retraining.cases import (
    BEFORE,
    HARM,
    MISSING,
    RANKING,
    SIGNS,
    VOLUME,
    case,
    signs,
)

AGE = Rule("age", "age", {"least_days": 7}, {}, ())
HARMED = Rule("harm", "harm", {}, {}, ())


def drop(bound: float, by: str, metric: str = "roc_auc") -> Rule:
    return Rule(
        "drop", "metric_drop", {"bound": bound}, {"metric": metric, "by": by}, ()
    )


def floor(bound: float, by: str) -> Rule:
    texts = {"metric": "roc_auc", "by": by}
    return Rule("floor", "metric_floor", {"bound": bound}, texts, ())


def drift(statistic: str, bound: float, least: float = 1, features=()) -> Rule:
    numbers = {"bound": bound, "least_features": least}
    return Rule("drift", "drift", numbers, {"statistic": statistic}, features)


def asked(rule: Rule, found):
    return answer(rule, found, most_health_age_days=7)


@pytest.mark.parametrize(
    ("days", "outcome"), [(6, "quiet"), (7, "fires"), (8, "fires")]
)
def test_age_fires_from_its_day_on(days, outcome):
    result = asked(AGE, case(trained_days=days))

    assert (result.outcome, result.figure, result.bound) == (outcome, days, 7)


def test_age_counts_calendar_days_so_that_a_minute_less_is_a_week_too():
    assert asked(AGE, case(trained_days=7 - 1 / 1440)).outcome == "fires"


def test_a_training_later_than_the_moment_that_is_pretended_is_new():
    assert asked(AGE, case(trained_days=-400)).figure == 0


@pytest.mark.parametrize(
    ("alarms", "outcome"),
    [
        ((), "quiet"),
        ((VOLUME,), "quiet"),
        ((MISSING,), "quiet"),
        ((VOLUME, HARM), "fires"),
    ],
)
def test_harm_is_an_alarm_about_the_model_not_about_its_data(alarms, outcome):
    result = asked(HARMED, case(signs=signs(alarms=alarms)))

    assert result.outcome == outcome
    assert (HARM.sentence in result.sentence) == (outcome == "fires")


@pytest.mark.parametrize(
    ("bound", "by", "outcome"),
    [
        # 0.82 (0.81 to 0.83) was, 0.77 (0.75 to 0.79) is: 0.05 less, 0.02 surely.
        (0.049, "value", "fires"),
        (0.051, "value", "quiet"),
        (0.019, "interval", "fires"),
        (0.021, "interval", "quiet"),
    ],
)
def test_a_drop_is_held_against_its_bound_by_value_or_whole_interval(
    bound, by, outcome
):
    result = asked(drop(bound, by), case())

    assert result.outcome == outcome
    assert result.figure == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("bound", "by", "outcome"),
    [
        (0.771, "value", "fires"),
        (0.769, "value", "quiet"),
        (0.791, "interval", "fires"),
        (0.789, "interval", "quiet"),
    ],
)
def test_a_floor_is_held_against_its_bound_by_value_or_whole_interval(
    bound, by, outcome
):
    assert asked(floor(bound, by), case()).outcome == outcome


def test_without_an_interval_nothing_is_shown_by_it():
    alone = Figure(Estimate(0.5, None, None, 3), Estimate(0.9, None, None, 3))
    found = case(signs=signs(measured={"roc_auc": alone}))

    assert asked(drop(0.1, "interval"), found).outcome == "quiet"
    assert asked(floor(0.8, "interval"), found).outcome == "quiet"
    assert asked(drop(0.1, "value"), found).outcome == "fires"


@pytest.mark.parametrize(
    "figure",
    [
        None,
        Figure(Estimate(None, None, None, 0), BEFORE),
        Figure(RANKING.found, None),
        Figure(RANKING.found, Estimate(None, None, None, 0)),
    ],
)
def test_a_figure_that_does_not_exist_asks_for_nothing(figure):
    measured = {} if figure is None else {"roc_auc": figure}

    result = asked(drop(0.01, "value"), case(signs=signs(measured=measured)))

    assert (result.outcome, result.figure) == ("unknown", None)


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (drift("psi", 0.2), "fires"),
        (drift("psi", 0.3), "quiet"),
        (drift("psi", 0.2, least=2), "quiet"),
        (drift("psi", 0.04, least=2), "fires"),
        (drift("psi", 0.2, features=("tenure",)), "quiet"),
        (drift("ks_p", 0.05), "quiet"),
        (drift("ks_p", 0.41), "fires"),
        (drift("ks_p", 0.41, features=("plan",)), "unknown"),
        (drift("psi", 0.2, features=("gone",)), "unknown"),
    ],
)
def test_drift_counts_the_features_over_its_bound(rule, outcome):
    assert asked(rule, case()).outcome == outcome


def test_drift_shows_the_feature_that_moved_most():
    moved = {f"f{i}": Drifted(i / 10, 1 - i / 10) for i in range(6)}

    by_psi = asked(drift("psi", 0.2), case(signs=signs(drift=moved)))
    by_p = asked(drift("ks_p", 0.55), case(signs=signs(drift=moved)))

    assert (by_psi.figure, by_p.figure) == (0.5, 0.5)
    assert "for 3 of 6 features" in by_psi.sentence
    assert "most: f5 0.5, f4 0.4, f3 0.3" in by_psi.sentence
    assert "most: f5 0.5, f4 0.6" in by_p.sentence


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"signs": None}, "monitoring has not spoken yet"),
        ({"champion": "3"}, "last spoke of version 2, and live is version 3"),
        ({"signs": signs(as_of=date(2026, 5, 24))}, "last spoke 8 days ago"),
    ],
)
@pytest.mark.parametrize("rule", [HARMED, drop(0.0, "value"), drift("psi", 0.1)])
def test_what_monitoring_cannot_know_now_asks_for_nothing(rule, told, line):
    result = asked(rule, case(**told))

    assert result.outcome == "unknown"
    assert line in result.sentence


def test_what_monitoring_said_a_week_ago_still_counts():
    week_old = signs(as_of=date(2026, 5, 25), alarms=(HARM,))

    assert asked(HARMED, case(signs=week_old)).outcome == "fires"
    assert SIGNS.alarms == ()
