"""What the training report tells, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from churn.evaluation.scorecard import Scorecard
from churn.features.declarations import Feature
from churn.gates.decision import Decision


@dataclass(frozen=True, kw_only=True)
class Window:
    """The snapshots of one part of the split."""

    name: str
    first_snapshot: date
    last_snapshot: date
    n_rows: int
    n_churners: int


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The best that one kind of model reached in the search.

    ``gap`` is the mean log loss above the best kind's, ``gap_se`` the standard
    error of that paired difference; ``None`` where it was not measured.
    """

    kind: str
    log_loss: float
    gap: float | None
    gap_se: float | None
    n_trials: int


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """Which kind of model was trained and why; no candidates without a search."""

    kind: str
    why: str
    candidates: tuple[Compared, ...]
    calibration: str
    imbalance: str
    imbalance_damage: str | None


@dataclass(frozen=True, kw_only=True)
class TableQuality:
    """Rows of one raw table: read, quarantined, and which rules how many broke.

    A row may break several rules.
    """

    table: str
    n_rows: int
    n_quarantined: int
    broken_rules: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class TrainingReport:
    """One training as the report tells it.

    Parameters
    ----------
    stage : str or None
        What the version became: ``production``, ``staging``, ``waiting`` or
        ``rejected``; None: it was not registered.
    lineage : mapping of label to text
        Where the version comes from: commit, data fingerprint, hashes, run.
    """

    dataset: str
    as_of: date
    windows: tuple[Window, ...]
    decision: Decision
    model_version: str | None
    stage: str | None
    scorecard: Scorecard
    model: ModelChoice
    features: tuple[Feature, ...]
    quality: tuple[TableQuality, ...]
    lineage: Mapping[str, str]
