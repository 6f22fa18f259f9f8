import pytest

from churn.gates.comparisons import baselines, beats
from tests.churn.gates.checks import check
from tests.churn.gates.figures import UNDEFINED, between, opponent, scorecard


def beaten(by="interval", margin=0.0, **gains):
    opponents = [opponent(n, gains={"log_loss": g}) for n, g in gains.items()]
    asked = check(
        "beats", metric="log_loss", by=by, opponents=tuple(gains), margin=margin
    )
    return beats(asked, scorecard(opponents=opponents))


@pytest.mark.parametrize(
    ("gain", "margin", "outcome"),
    [
        ((0.01, 0.02, 0.03), 0.0, "passed"),
        ((0.00, 0.02, 0.03), 0.0, "undecided"),
        ((-0.01, 0.02, 0.03), 0.0, "undecided"),
        ((-0.02, -0.01, 0.0), 0.0, "failed"),
        ((-0.03, -0.02, -0.01), 0.0, "failed"),
        ((0.0, 0.0, 0.0), 0.0, "failed"),
        ((0.01, 0.02, 0.03), 0.01, "undecided"),
        ((0.01, 0.02, 0.03), 0.03, "failed"),
        ((0.0, 0.0, 0.0), -0.01, "passed"),
    ],
)
def test_a_gain_beats_when_its_interval_is_above_the_margin(gain, margin, outcome):
    found = beaten(margin=margin, logistic=between(*gain))

    assert found.outcome == outcome
    assert "over logistic: " in found.sentence


@pytest.mark.parametrize(
    ("value", "outcome"), [(0.011, "passed"), (0.01, "failed"), (0.009, "failed")]
)
def test_by_value_a_gain_must_be_above_the_margin(value, outcome):
    gain = between(-1.0, value, 1.0)

    assert beaten(by="value", margin=0.01, logistic=gain).outcome == outcome


def test_all_opponents_must_be_beaten_and_the_hardest_is_named():
    found = beaten(
        majority=between(0.2, 0.3, 0.4),
        logistic=between(-0.01, 0.02, 0.05),
        best_rule=between(-0.001, 0.01, 0.02),
    )

    assert (found.outcome, found.observed.value) == ("undecided", 0.01)
    assert "best_rule (the hardest of 3)" in found.sentence


def test_a_failed_opponent_is_harder_than_an_undecided_one():
    found = beaten(
        logistic=between(-0.5, -0.2, 0.1), majority=between(-0.1, -0.05, -0.01)
    )

    assert (found.outcome, found.observed.value) == ("failed", -0.05)


def test_an_undefined_or_absent_opponent_leaves_it_undefined():
    asked = check("beats", metric="log_loss", opponents=("majority",), margin=0.0)

    assert beaten(logistic=between(1, 1, 1), majority=UNDEFINED).is_undefined
    found = beats(asked, scorecard())
    assert found.is_undefined
    assert "over majority is undefined" in found.sentence


def test_champion_and_oracle_are_no_baselines():
    names = ["majority", "champion", "logistic", "oracle"]
    card = scorecard(opponents=[opponent(name) for name in names])

    assert [o.name for o in baselines(card)] == ["majority", "logistic"]
