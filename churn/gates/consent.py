"""Checks that people, or the holder of a key, stand behind a version."""

from churn.evaluation.scorecard import Estimate
from churn.gates.case import Case
from churn.gates.check import Check, Finding, skipped


def human_approval(check: Check, case: Case) -> Finding:
    """Ask that enough different people approved, on the way to one stage only.

    Until they have, the check is undecided and blocks, whatever the policy says of
    undecided ones: what is missing is not evidence but consent.
    """
    stage, wanted = check.texts["stage"], check.numbers["approvers"]
    if case.stage != stage:
        return skipped(f"asked on the way to {stage} only")
    people = sorted(set(case.evidence.observations.approvals))
    n = len(people)
    said = f"approved by {', '.join(people)}" if people else "approved by nobody yet"
    sentence = f"{said}; wanted {wanted:g} for {stage}"
    observed = Estimate(float(n), None, None, n)
    if n >= wanted:
        return Finding("passed", observed, wanted, sentence, is_undefined=False)
    return Finding("undecided", observed, wanted, sentence, is_undefined=True)


def signature(_check: Check, case: Case) -> Finding:
    """Ask that the bundle carry the signature of a trusted key."""
    key = case.evidence.observations.signed_by
    if key is None:
        sentence = "the bundle carries no signature of a trusted key"
        return Finding("failed", None, None, sentence, is_undefined=False)
    sentence = f"the bundle is signed by the trusted key {key}"
    return Finding("passed", None, None, sentence, is_undefined=False)
