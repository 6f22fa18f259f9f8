"""Deciding anew from what lies in a stack's artifact store."""

from collections.abc import Sequence
from functools import partial

from churn.evaluation.evidence import Evidence
from churn.gates.decision import Decision
from cli.models.place import Place
from cli.models.stored import read_folder
from registry.rederive import rederived, stored_evidence
from registry.versions import Version


def rederive(
    place: Place, version: Version, *, stage: str, approvals: Sequence[str]
) -> Decision:
    """What the version's policy answers about its stored evidence.

    Raises
    ------
    EvidenceError, ArtifactGoneError
        If there is none, or it was altered.
    """
    read = partial(read_folder, place)
    return rederived(version, read, stage=stage, approvals=approvals)


def read_evidence(place: Place, version: Version) -> Evidence:
    """The rows that were stored for a version, found unaltered.

    Raises
    ------
    EvidenceError, ArtifactGoneError
    """
    return stored_evidence(version, partial(read_folder, place))
