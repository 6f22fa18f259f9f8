import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.gates.check import Check
from churn.gates.decide import _reason, decide
from churn.gates.decision import GateResult
from churn.gates.policy import Policy
from tests.churn.gates.figures import UNDEFINED, between, opponent, scorecard

GOOD, VAGUE, BAD = between(0.85, 0.9, 0.95), between(0.7, 0.9, 0.95), between(0, 0, 0)


def floor(metric, *, undecided="blocks", applies="always"):
    return Check(
        name=f"{metric} floor",
        kind="floor",
        metric=metric,
        by="interval",
        opponents=(),
        numbers={"bound": 0.8},
        undecided=undecided,
        applies=applies,
    )


BEATS_CHAMPION = Check(
    name="beats_champion",
    kind="beats_champion",
    metric="log_loss",
    by="interval",
    opponents=(),
    numbers={"margin": 0.0},
    undecided="blocks",
    applies="always",
)


def decided(*checks, champion=False, promote_first=True, **figures):
    policy = Policy(
        name="improve", description="", promote_first=promote_first, checks=checks
    )
    gains = {"log_loss": between(-0.2, -0.1, -0.05)}
    opponents = [opponent("champion", gains=gains)] if champion else []
    return decide(policy, scorecard(figures=figures, opponents=opponents))


def test_approved_when_all_pass():
    found = decided(floor("roc_auc"), floor("recall"), roc_auc=GOOD, recall=GOOD)

    assert found.approved
    assert found.reason == "approved: all 2 gates passed"
    assert [g.outcome for g in found.gates] == ["passed", "passed"]


def test_refused_when_one_fails_and_the_reason_names_it():
    found = decided(floor("roc_auc"), floor("recall"), roc_auc=GOOD, recall=BAD)

    assert not found.approved
    assert found.reason == "refused: 1 of 2 gates failed: recall floor"
    assert [g.blocks for g in found.gates] == [False, True]


@pytest.mark.parametrize(
    ("undecided", "approved", "reason"),
    [
        ("blocks", False, "refused: 1 of 1 gates undecided: recall floor"),
        (
            "passes",
            True,
            (
                "approved: 0 of 1 gates passed, 1 is undecided and does not block: "
                "recall floor"
            ),
        ),
    ],
)
def test_an_undecided_gate_does_what_its_policy_says(undecided, approved, reason):
    found = decided(floor("recall", undecided=undecided), recall=VAGUE)

    assert (found.approved, found.reason) == (approved, reason)
    assert found.gates[0].outcome == "undecided"


def test_a_failed_gate_blocks_whatever_undecided_ones_do():
    assert not decided(floor("recall", undecided="passes"), recall=BAD).approved


@pytest.mark.parametrize("undecided", ["blocks", "passes"])
def test_an_undefined_figure_blocks_in_either_case(undecided):
    found = decided(floor("precision", undecided=undecided), precision=UNDEFINED)

    assert not found.approved
    assert found.gates[0].outcome == "undecided"


def test_failed_and_undecided_gates_share_one_sentence():
    found = decided(floor("roc_auc"), floor("recall"), roc_auc=BAD, recall=VAGUE)

    assert found.reason == (
        "refused: 1 of 2 gates failed: roc_auc floor; "
        "1 of 2 gates undecided: recall floor"
    )


@pytest.mark.parametrize("champion", [True, False])
def test_a_check_that_needs_a_champion_is_skipped_without_one(champion):
    check = floor("recall", applies="with_champion")

    found = decided(check, champion=champion, recall=BAD)

    assert found.approved is not champion
    assert found.has_champion is champion
    skipped = found.gates[0].sentence == "skipped, there is no champion yet"
    assert skipped is not champion


@pytest.mark.parametrize("champion", [True, False])
def test_beating_the_champion_is_asked_only_when_there_is_one(champion):
    found = decided(BEATS_CHAMPION, champion=champion)

    assert found.gates[0].outcome == ("failed" if champion else "skipped")


@pytest.mark.parametrize("promote_first", [True, False])
def test_the_policy_s_switch_is_repeated(promote_first):
    found = decided(floor("recall"), promote_first=promote_first, recall=GOOD)

    assert found.promotes_without_champion is promote_first
    assert found.policy == "improve"


def test_an_empty_scorecard_is_refused_and_raises_nothing():
    assert not decided(floor("roc_auc"), floor("recall")).approved


LIMITS = st.tuples(*[st.integers(0, 20).map(lambda i: i / 20)] * 3).map(sorted)


@given(LIMITS, LIMITS, st.integers(0, 20).map(lambda i: i / 20))
def test_better_figures_never_turn_approval_into_refusal(first, second, better):
    checks = floor("roc_auc"), floor("recall", undecided="passes")
    raised = [limit + better for limit in first]

    before = decided(*checks, roc_auc=between(*first), recall=between(*second))
    after = decided(*checks, roc_auc=between(*raised), recall=between(*second))

    assert after.approved or not before.approved


def test_a_skipped_gate_is_not_counted_as_passed():
    passed = GateResult("ranks_well", "passed", False, None, None, "")
    skipped = GateResult("beats_champion", "skipped", False, None, None, "")
    vague = GateResult("calibrated", "undecided", False, None, None, "")

    assert _reason([passed, skipped]) == "approved: all 1 gates passed (1 skipped)"
    assert _reason([passed, skipped, vague]) == (
        "approved: 1 of 2 gates passed (1 skipped), 1 is undecided and does not "
        "block: calibrated"
    )
