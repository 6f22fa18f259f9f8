from dataclasses import replace

import pytest

from churn.evaluation.observations import NOTHING_OBSERVED
from churn.gates.decide import decide
from churn.gates.policy import Policy
from tests.churn.gates.checks import check
from tests.churn.gates.figures import answered
from tests.evidences import evidence

TWO_PEOPLE = check(
    "human_approval",
    texts={"stage": "production"},
    undecided="passes",
    approvers=2,
)


def observed(**changes):
    return evidence(60, observations=replace(NOTHING_OBSERVED, **changes))


@pytest.mark.parametrize(
    ("approvals", "outcome", "words"),
    [
        ((), "undecided", "approved by nobody yet; wanted 2 for production"),
        (("ann",), "undecided", "approved by ann; wanted 2 for production"),
        (("ann", "ann"), "undecided", "approved by ann; wanted 2 for production"),
        (("bob", "ann"), "passed", "approved by ann, bob; wanted 2 for production"),
    ],
)
def test_enough_different_people_have_to_approve(approvals, outcome, words):
    found = answered(TWO_PEOPLE, observed(approvals=approvals), stage="production")

    assert (found.outcome, found.sentence) == (outcome, words)
    assert (found.observed.n, found.bound) == (len(set(approvals)), 2)


def test_nobody_is_asked_on_the_way_to_another_stage():
    found = answered(TWO_PEOPLE, observed(), stage="staging")

    assert found.outcome == "skipped"
    assert found.sentence == "skipped, asked on the way to production only"


@pytest.mark.parametrize(("stage", "approved"), [("staging", True), ("production", 0)])
def test_missing_consent_blocks_even_where_the_undecided_passes(stage, approved):
    policy = Policy(
        name="strict", description="", promote_first=False, checks=(TWO_PEOPLE,)
    )

    assert decide(policy, observed(), stage=stage).approved == approved


def test_a_bundle_without_a_trusted_signature_fails():
    found = answered(check("signature"), observed())

    assert found.outcome == "failed"
    assert found.sentence == "the bundle carries no signature of a trusted key"


def test_a_trusted_signature_passes_and_its_key_is_named():
    found = answered(check("signature"), observed(signed_by="ab12"))

    assert found.outcome == "passed"
    assert "trusted key ab12" in found.sentence
