"""Deciding anew from what was stored: rows, raw observations, policy and bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from churn.content import content_hash
from churn.errors import HoldfastError
from churn.evaluation.evidence import Evidence
from churn.evaluation.evidence_files import evidence_from
from churn.gates.decide import decide
from churn.gates.decision import Decision
from churn.gates.policy import parse_policy
from cli.models.place import Place
from cli.models.stored import read_folder
from registry.versions import Version


class EvidenceError(HoldfastError):
    """What a decision rests on is missing, or is not what it rested on."""


def rederive(
    place: Place, version: Version, *, stage: str, approvals: Sequence[str]
) -> Decision:
    """What the version's policy answers about its stored evidence.

    Raises
    ------
    EvidenceError
        If there is none, or it was altered.
    """
    asked = version.evidence("decided")
    policy = parse_policy(asked["policy"], asked["bounds"])
    return decide(policy, _with(read_evidence(place, version), approvals), stage=stage)


def read_evidence(place: Place, version: Version) -> Evidence:
    """The rows that were stored for a version, found unaltered.

    Raises
    ------
    EvidenceError, ArtifactGoneError
    """
    known: Mapping[str, Any] = version.evidence("evaluated")
    if not known.get("evidence_uri"):
        raise EvidenceError(
            f"version {version.version} has no stored evidence: its run did not get "
            "that far; train again"
        )
    files = read_folder(place, known["evidence_uri"])
    found = content_hash(files)
    if found != known["evidence_sha256"]:
        raise EvidenceError(
            f"the evidence of version {version.version} was altered: expected sha256 "
            f"{known['evidence_sha256'][:12]} in {known['evidence_uri']}, found "
            f"{found[:12]}; restore it from a copy"
        )
    return evidence_from(files)


def _with(evidence: Evidence, approvals: Sequence[str]) -> Evidence:
    """The evidence, and who approved the version until the moment of the decision."""
    seen = replace(evidence.observations, approvals=tuple(approvals))
    return replace(evidence, observations=seen)
