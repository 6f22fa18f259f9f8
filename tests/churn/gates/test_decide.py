from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.errors import NotEnoughDataError
from churn.evaluation.evaluate import evaluate
from churn.gates.decide import _reason, decide
from churn.gates.decision import GateResult
from churn.gates.policy import Policy
from tests.churn.gates.checks import check
from tests.evidences import evidence

ALONE, WITH_CHAMPION = evidence(), evidence(champion_auc=0.8)
AUC = evaluate(ALONE, {}).scorecard.figures["roc_auc"].value
GOOD, VAGUE, BAD = 0.5, AUC, 1.0
"""Floors that the area of the rows is above of, exactly at, and below of."""


def floor(name="ranks_well", bound=GOOD, **changes):
    return check("floor", metric="roc_auc", name=name, bound=bound, **changes)


def decided(*checks, found=ALONE, promote_first=True, **options):
    policy = Policy(
        name="improve", description="", promote_first=promote_first, checks=checks
    )
    return decide(policy, found, **options)


def test_approved_when_all_pass():
    found = decided(floor("first"), floor("second"))

    assert found.approved
    assert found.reason == "approved: all 2 gates passed"
    assert [g.outcome for g in found.gates] == ["passed", "passed"]
    assert found.gates[0].metric == "roc_auc"
    assert found.gates[0].observed.n == 600


def test_refused_when_one_fails_and_the_reason_names_it():
    found = decided(floor("first"), floor("second", BAD))

    assert not found.approved
    assert found.reason == "refused: 1 of 2 gates failed: second"
    assert [g.blocks for g in found.gates] == [False, True]


@pytest.mark.parametrize(
    ("undecided", "approved", "reason"),
    [
        ("blocks", False, "refused: 1 of 1 gates undecided: ranks_well"),
        (
            "passes",
            True,
            (
                "approved: 0 of 1 gates passed, 1 is undecided and does not block: "
                "ranks_well"
            ),
        ),
    ],
)
def test_an_undecided_gate_does_what_its_policy_says(undecided, approved, reason):
    found = decided(floor(bound=VAGUE, undecided=undecided))

    assert (found.approved, found.reason) == (approved, reason)
    assert found.gates[0].outcome == "undecided"


def test_a_failed_gate_blocks_whatever_undecided_ones_do():
    assert not decided(floor(bound=BAD, undecided="passes")).approved


@pytest.mark.parametrize("undecided", ["blocks", "passes"])
def test_an_undefined_figure_blocks_in_either_case(undecided):
    nobody_churned = evidence(60, churn_rate=1e-9)

    found = decided(floor(undecided=undecided), found=nobody_churned)

    assert not found.approved
    assert found.gates[0].outcome == "undecided"


def test_failed_and_undecided_gates_share_one_sentence():
    found = decided(floor("first", BAD), floor("second", VAGUE))

    assert found.reason == (
        "refused: 1 of 2 gates failed: first; 1 of 2 gates undecided: second"
    )


@pytest.mark.parametrize("rows", [ALONE, WITH_CHAMPION])
def test_a_check_that_needs_a_champion_is_skipped_without_one(rows):
    found = decided(floor(bound=BAD, applies="with_champion"), found=rows)

    has_champion = rows is WITH_CHAMPION
    assert found.approved is not has_champion
    assert found.has_champion is has_champion
    skipped = found.gates[0].sentence == "skipped, there is no champion yet"
    assert skipped is not has_champion


@pytest.mark.parametrize(
    "asked",
    [
        check("beats_champion", metric="f1", by="value", margin=0.9),
        check(
            "nowhere_worse",
            metrics=("roc_auc",),
            margin=0.0,
            error_rate=0.05,
            min_rows=50,
        ),
    ],
    ids=lambda asked: asked.kind,
)
def test_checks_of_the_champion_are_asked_only_when_there_is_one(asked):
    assert decided(asked).gates[0].outcome == "skipped"
    assert decided(asked, found=WITH_CHAMPION).gates[0].outcome != "skipped"


@pytest.mark.parametrize("promote_first", [True, False])
def test_the_policy_s_switch_is_repeated(promote_first):
    found = decided(floor(), promote_first=promote_first)

    assert found.promotes_without_champion is promote_first
    assert found.policy == "improve"


def test_no_rows_are_an_error():
    with pytest.raises(NotEnoughDataError):
        decided(floor(), found=replace(ALONE, rows=ALONE.rows.clear()))


def test_what_is_decided_on_are_the_scorecard_s_figures():
    everything = evaluate(WITH_CHAMPION, {}).scorecard
    beats = check(
        "beats", metric="log_loss", opponents=("logistic", "majority"), margin=0.0
    )

    floors, hardest = decided(floor(), beats, found=WITH_CHAMPION).gates

    assert floors.observed == everything.figures["roc_auc"]
    assert hardest.observed in [
        everything.opponents[n].gains["log_loss"] for n in ("logistic", "majority")
    ]


def test_without_a_check_by_interval_nothing_is_resampled():
    (gate,) = decided(floor(by="value")).gates

    assert (gate.observed.value, gate.observed.low) == (AUC, None)


def test_the_same_rows_give_the_same_decision_to_the_bit():
    checks = floor(), check("slices", metric="brier", bound=0.2, min_rows=50)

    assert decided(*checks) == decided(*checks)


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_a_lower_floor_never_turns_approval_into_refusal(first, second):
    lower, higher = sorted([first, second])

    before = decided(floor(bound=higher, by="value"))
    after = decided(floor(bound=lower, by="value"))

    assert after.approved or not before.approved


def test_a_model_that_scores_better_is_approved_where_a_worse_one_is():
    truth = ALONE.rows["is_churn"].to_numpy()
    better = np.where(truth, 1.0, 0.0)
    rows = ALONE.rows.with_columns(pl.Series("challenger", better))

    assert not decided(floor(bound=0.95)).approved
    assert decided(floor(bound=0.95), found=replace(ALONE, rows=rows)).approved


def test_which_groups_are_looked_at_is_the_policy_s_choice_not_the_scorecard_s():
    asked = check("slices", metric="roc_auc", by="interval", bound=0.99, min_rows=100)
    coarse = replace(ALONE, plan=replace(ALONE.plan, slice_min_rows=5000))

    assert decided(asked, found=coarse) == decided(asked)
    assert decided(asked).gates[0].outcome == "failed"


def test_a_skipped_gate_is_not_counted_as_passed():
    passed = GateResult("ranks_well", "passed", False, None, None, "")
    skipped = GateResult("beats_champion", "skipped", False, None, None, "")
    vague = GateResult("calibrated", "undecided", False, None, None, "")

    assert _reason([passed, skipped]) == "approved: all 1 gates passed (1 skipped)"
    assert _reason([passed, skipped, vague]) == (
        "approved: 1 of 2 gates passed (1 skipped), 1 is undecided and does not "
        "block: calibrated"
    )
