"""What the page of a model's versions tells, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from churn.evaluation.scorecard import Figures
from churn.gates.decision import Decision


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """One version of a model, as its history has it.

    Parameters
    ----------
    stage : str
        Where it stands, in the ledger's words: ``production``, ``refused`` and so on.
    since : datetime
        When it came there.
    why : str
        The reason given then.
    kind : str
        The kind of model; empty where that was not recorded.
    origin : mapping of label to text
        Addresses, hashes, commit.
    """

    version: str
    stage: str
    since: datetime
    why: str
    registered_at: datetime
    kind: str
    decision: Decision | None
    figures: Figures
    origin: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Live:
    """The version in production, and how it came there.

    ``rolled_back_from`` is the version instead of which it took over again; None where
    it was promoted.
    """

    version: ModelVersion
    since: datetime
    rolled_back_from: str | None
    actor: str
    reason: str
    approvers: tuple[str, ...]
    is_override: bool


@dataclass(frozen=True)
class Happening:
    """One event of the history; ``what`` in words. Override: no rollout."""

    sequence: int
    at: datetime
    kind: str
    what: str
    actor: str
    reason: str
    is_override: bool


@dataclass(frozen=True)
class Fallback:
    """What a rollback would make live, or None, and one sentence that says why."""

    version: str | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ModelReport:
    """All that the page of one model tells; versions and history newest first.

    ``rollout`` is a sentence about the version in rollout; empty without one.
    """

    model: str
    dataset: str
    sequence: int
    at: datetime | None
    live: Live | None
    rollout: str
    versions: tuple[ModelVersion, ...]
    history: tuple[Happening, ...]
    fallback: Fallback
