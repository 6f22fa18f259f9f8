from dataclasses import replace

import numpy as np
import pytest

from benchmarks.monitored import ECONOMICS, QUIET
from benchmarks.monitored_days import Watched
from benchmarks.monitored_estimates import estimate_errors
from benchmarks.monitored_years import shipped
from churn.monitoring.churn_sums import known
from churn.monitoring.estimate import doubts, estimated, reweighted, unsupported_share
from churn.monitoring.losses import Rows, estimated_ranking, rate_error
from churn.monitoring.performance import roc_auc, roc_auc_slopes
from churn.monitoring.trials import ReferenceRows, reference_rows
from churn.monitoring.windows import EVERYONE, score_window

WATCHED = Watched.started(20_000, 20_000, np.random.default_rng(0))
BEFORE = reference_rows(WATCHED.reference)


def today(world=QUIET, n: int = 20_000) -> Rows:
    day = WATCHED.days(world, 1, n, np.random.default_rng(1)).profile(0)
    rows = score_window([day], (EVERYONE,), 1).rows
    return Rows(rows.sums[0], rows.n_effective[0])


def test_reweighted_to_its_own_scores_the_reference_is_as_it_was():
    reference = known(WATCHED.reference.scores)

    found = reweighted(reference, reference)

    assert found.churn == pytest.approx(reference.churn)
    assert found.churn_contacted == pytest.approx(reference.churn_contacted)
    assert found.net_eur == pytest.approx(reference.net_eur)


def test_a_bin_that_the_reference_never_saw_keeps_its_probabilities():
    now, reference = today().sums, known(WATCHED.reference.scores)
    place = int(now.n.argmax())
    n = reference.n.copy()
    n[place] = 0

    found = reweighted(replace(reference, n=n), now)

    assert found.churn[place] == pytest.approx(now.p_sum[place])


def test_intervals_are_wider_where_the_reference_knows_less():
    few = Watched.started(1000, 1000, np.random.default_rng(2))
    little, much = (
        estimated(reference_rows(w.reference), today(), ECONOMICS, ())
        for w in (few, WATCHED)
    )

    for name, narrow in much.confidence.items():
        wide = little.confidence[name]
        assert wide.high - wide.low > narrow.high - narrow.low


def test_an_error_of_the_rates_does_not_move_a_difference_of_equal_scores():
    both = Rows(BEFORE.promised.sums[0], BEFORE.promised.n_effective[0])
    outcomes = BEFORE.known.sums[0]

    loss = estimated_ranking(both, outcomes, both)

    assert loss.value == 0
    assert loss.reference_error == pytest.approx(
        roc_auc(both.sums, both.n_effective).error
    )
    assert rate_error(roc_auc_slopes(both.sums), outcomes, both.n_effective) > 0


def test_sound_scores_leave_no_doubt():
    assert not list(doubts(BEFORE, today(), (), (), shipped()))


def test_scores_beyond_what_the_reference_saw_are_doubted():
    strange = today(replace(QUIET, mean=4.0))

    (doubt,) = doubts(BEFORE, strange, (), (), shipped())

    assert unsupported_share(BEFORE.known.sums[0], strange.sums) > 0.05
    assert "have scores that the reference hardly knows" in doubt


def test_few_customers_and_a_contradiction_are_doubts():
    few = Rows(today(n=100).sums, np.float64(100))

    told = list(doubts(BEFORE, few, (), ("labels say otherwise",), shipped()))

    assert told[0].startswith("too few customers: about 100 were scored")
    assert told[-1] == "labels say otherwise"


def test_without_outcomes_probabilities_are_taken_at_their_word():
    told = estimated(None, today(), ECONOMICS, ("no outcomes",))

    assert told.confidence["roc_auc"].value == pytest.approx(QUIET.roc_auc(), abs=0.02)
    assert told.importance["roc_auc"].value is None


def test_most_intervals_hold_the_truth_of_a_shifted_business():
    found = [estimate_errors(number) for number in range(10)]

    assert np.mean([one["confidence 0.9"] for one in found]) >= 0.7
    assert np.mean([one["importance 0.9"] for one in found]) >= 0.7
    assert np.mean([one["confidence"] for one in found]) < 0.015


def test_the_reference_of_repeated_customers_is_worth_its_customers():
    half = replace(WATCHED.reference, n_calibration_customers=10_000)

    found: ReferenceRows | None = reference_rows(half)

    assert found.known.n_effective == pytest.approx(BEFORE.known.n_effective / 2)
