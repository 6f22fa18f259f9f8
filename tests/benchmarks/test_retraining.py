"""The study of when to train again, on made-up lives: means, errors, and its page."""

from datetime import timedelta

import pytest

from benchmarks.retraining.business import first_day, shock_day
from benchmarks.retraining.page import study_page
from benchmarks.retraining.policies import policies
from benchmarks.retraining.study import COST_EUR, Lived, gathered
from benchmarks.retraining.years import Campaign, Training
from tests.parsed_page import ParsedPage

DAYS = (first_day(), shock_day())


def life(*, never: float, weekly: float, n_trainings: int = 73) -> Lived:
    """A business of 500 customers with a campaign before and one after the shock."""
    earned = {"never": (never, never), "weekly": (weekly, weekly + 10)}
    campaigns = tuple(
        Campaign(name, day, net, 100.0, 500)
        for name, nets in earned.items()
        for day, net in zip(DAYS, nets, strict=True)
    )
    days = [first_day() + timedelta(days=7 * n) for n in range(1, n_trainings + 1)]
    return Lived(campaigns, tuple(Training("weekly", day, ("age",)) for day in days))


LIVES = (life(never=50.0, weekly=60.0), life(never=50.0, weekly=64.0))


def test_money_is_worked_out_by_hand():
    study = gathered(LIVES, 1000)

    never, weekly = study.rows
    # 60 and 70, then 64 and 74: 65 and 69.
    assert weekly.net.mean == pytest.approx(67)
    assert weekly.net.error == pytest.approx(2)
    # 73 trainings in 36.5 months are two a month, for half of 1,000 customers.
    assert weekly.net.mean - weekly.paid.mean == pytest.approx(4 * COST_EUR)
    assert weekly.gain.mean == pytest.approx(17 - 4 * COST_EUR)
    assert weekly.best_share == pytest.approx(0.67)
    assert weekly.after.mean == pytest.approx(22)
    assert (never.gain.mean, never.n_trainings, weekly.n_trainings) == (0, 0, 73)
    assert weekly.n_before == 52
    # Two businesses, two campaigns of 500 each: (10 + 20 + 14 + 24) / 2 EUR, by 146.
    assert weekly.worth_eur == pytest.approx(34 / 146)
    assert never.worth_eur is None


def test_one_business_has_no_error():
    study = gathered(LIVES[:1], 1000)

    assert study.rows[1].net.error is None
    assert (
        "One business tells nothing of the error" in ParsedPage(study_page(study)).text
    )


def test_the_page_says_what_is_shown_and_what_is_not():
    text = ParsedPage(study_page(gathered(LIVES, 1000))).text

    assert "No trigger is shown to earn more than never training again." in text
    assert "67 ± 2" in text
    assert "−23 ± 2" in text


def test_the_triggers_that_are_compared_are_those_that_ship():
    names = [policy.trigger.name for policy in policies()]

    assert names == [
        "never",
        "weekly",
        "psi_preset",
        "f1_drop_preset",
        "harm",
        "weekly",
    ]


def test_a_gain_that_is_beyond_chance_is_named():
    paid = [life(never=50.0, weekly=60.0 + i, n_trainings=1) for i in (0, 1, 2)]

    text = ParsedPage(study_page(gathered(paid, 1000))).text

    assert "weekly: more than never, shown." in text


@pytest.mark.long
def test_a_small_business_is_lived_through_for_real():
    from benchmarks.retraining.measuring import lived

    done = lived(1, 1500, lambda _step: None)

    by_policy = {
        name: [c.net_eur for c in done.campaigns if c.policy == name]
        for name in ("never", "weekly", "harm")
    }
    assert {len(nets) for nets in by_policy.values()} == {37}
    # All begin with the same model, and whoever never trains again keeps it.
    assert len({nets[0] for nets in by_policy.values()}) == 1
    assert by_policy["weekly"] != by_policy["never"]
    assert sum(t.policy == "weekly" for t in done.trainings) == 156
    assert not [t for t in done.trainings if t.policy == "never"]
