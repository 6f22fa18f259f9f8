"""Deciding anew from what was stored: rows, raw observations, policy and bounds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from churn.content import content_hash
from churn.errors import HoldfastError
from churn.evaluation.evidence import Evidence
from churn.evaluation.evidence_files import evidence_from
from churn.gates.decide import decide
from churn.gates.decision import Decision
from churn.gates.policy import parse_policy
from registry.versions import Version

Read = Callable[[str], Mapping[str, bytes]]
"""How the files at an address of the artifact store are read."""


class EvidenceError(HoldfastError):
    """What a decision rests on is missing, or is not what it rested on."""


def rederived(
    version: Version, read: Read, *, stage: str, approvals: Sequence[str]
) -> Decision:
    """What the version's policy answers about its stored evidence.

    Raises
    ------
    EvidenceError
        If there is none, or it was altered.
    """
    asked = version.evidence("decided")
    policy = parse_policy(asked["policy"], asked["bounds"])
    evidence = stored_evidence(version, read)
    seen = replace(evidence.observations, approvals=tuple(approvals))
    return decide(policy, replace(evidence, observations=seen), stage=stage)


def stored_evidence(version: Version, read: Read) -> Evidence:
    """The rows that were stored for a version, found unaltered.

    Raises
    ------
    EvidenceError
    """
    known = version.evidence("evaluated")
    address = known.get("evidence_uri")
    if not address:
        raise EvidenceError(
            f"version {version.version} has no stored evidence: its run did not get "
            "that far; train again"
        )
    whose = f"the evidence of version {version.version}"
    return evidence_from(unaltered(read(address), known, whose))


def unaltered(
    files: Mapping[str, bytes], known: Mapping[str, str], whose: str
) -> dict[str, bytes]:
    """The files of some evidence, if they are those that an event speaks of.

    Raises
    ------
    EvidenceError
    """
    found = content_hash(dict(files))
    if found != known["evidence_sha256"]:
        raise EvidenceError(
            f"{whose} was altered: expected sha256 {known['evidence_sha256'][:12]} in "
            f"{known['evidence_uri']}, found {found[:12]}; restore it from a copy"
        )
    return dict(files)


def for_production(version: Version, read: Read) -> Decision | None:
    """The policy's answer for stage production; None where nothing was ever decided.

    Raises
    ------
    EvidenceError
    """
    has_evidence = version.evidence("evaluated").get("evidence_uri")
    if not has_evidence or version.event("decided") is None:
        return None
    return rederived(version, read, stage="production", approvals=version.approvers)
