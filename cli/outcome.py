"""What came of a run: the facts, not their looks."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from churn.backfill import Backfill
from churn.batch.record import CurrentRows, Scored
from churn.batch.target_list import Exported
from churn.evaluation.scorecard import Scorecard
from churn.gates.decision import Decision
from churn.model.search import SearchResult
from churn.monitoring.following import Labelling
from churn.monitoring.health import Health
from churn.retraining.decision import RetrainingDecision
from churn.rollout.decision import RolloutDecision
from registry.alarming import Alerted
from registry.confirming import Confirmation
from registry.registration import Registration


@dataclass(frozen=True)
class Times:
    """Seconds per step that ran, names of the steps reused, seconds in all."""

    steps: Mapping[str, float]
    reused: tuple[str, ...]
    total_seconds: float


@dataclass(frozen=True, kw_only=True)
class Outcome(ABC):
    """A finished run."""

    run: str
    times: Times

    @property
    def refused(self) -> bool:
        """Whether a model failed its gates."""
        return False

    @property
    @abstractmethod
    def message(self) -> str:
        """One line for an alerter; no figure of a single customer."""

    def as_json(self) -> str:
        """The whole outcome as one JSON document."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()


@dataclass(frozen=True, kw_only=True)
class HandedOver(Outcome):
    """A run that is another program's to run, when it pleases."""

    to: str

    @property
    def message(self) -> str:
        """Who runs it."""
        return f"{self.run}: handed over to {self.to}, which runs it"


@dataclass(frozen=True, kw_only=True)
class Read(Outcome):
    """A finished run that read a source."""

    source: str
    as_of: str
    rows: Mapping[str, int]
    n_quarantined: int
    quarantine: str


@dataclass(frozen=True, kw_only=True)
class Trained(Read):
    """A finished training run."""

    feature_table: str
    windows: Mapping[str, Any]
    search: SearchResult
    scorecard: Scorecard
    decision: Decision
    registration: Registration
    report: str

    @property
    def refused(self) -> bool:
        """Whether the model failed its gates."""
        return not self.decision.approved

    @property
    def message(self) -> str:
        """What became of the model, and why."""
        name = f"{self.registration.model} version {self.registration.version}"
        return f"{self.run}: {name} {self.registration.became}; {self.decision.reason}"


@dataclass(frozen=True, kw_only=True)
class Backfilled(Read):
    """A finished run of the pipeline that builds features."""

    backfill: Backfill
    n_published: int

    @property
    def message(self) -> str:
        """What became of the dates."""
        built, reused = len(self.backfill.built), len(self.backfill.reused)
        return (
            f"{self.run}: {built} dates built, {reused} reused, "
            f"{self.n_published} customers online"
        )


@dataclass(frozen=True, kw_only=True)
class BatchScored(Read):
    """A finished run that scored all customers of a date."""

    current: CurrentRows
    scored: Scored
    exported: Exported
    report: str

    @property
    def message(self) -> str:
        """How many were scored, and how many are worth a contact."""
        done = self.scored
        return (
            f"{self.run}: {done.n_scored} customers of {done.snapshot_date} scored by "
            f"version {done.origin.model_version}, {done.n_listed} on the target list"
        )


@dataclass(frozen=True, kw_only=True)
class Followed(Outcome):
    """A finished run of a pipeline that follows a promotion or a rollback."""

    version: str
    repairs: tuple[str, ...]
    page: str

    @property
    def message(self) -> str:
        """What is live."""
        return f"{self.run}: version {self.version} is live and answers"


@dataclass(frozen=True, kw_only=True)
class Deployed(Outcome):
    """A finished look at the version on its way to production."""

    decision: RolloutDecision
    confirmation: Confirmation
    server: str | None
    repairs: tuple[str, ...]
    page: str

    @property
    def refused(self) -> bool:
        """Whether a version was sent back."""
        return self.decision.to == "back" or not self.confirmation.is_confirmed

    @property
    def is_same(self) -> bool:
        """Whether the look changed nothing, and found nothing wrong."""
        is_well = self.confirmation.is_confirmed
        return self.decision.to == "stay" and is_well and not self.repairs

    @property
    def message(self) -> str:
        """Where the version went, and whether what is live answers."""
        named = f"version {self.decision.version}: " if self.decision.version else ""
        back = ", rolled back" if self.confirmation.is_rolled_back else ""
        return (
            f"{self.run}: {named}{self.decision.reason}; "
            f"{self.confirmation.sentence}{back}"
        )


@dataclass(frozen=True, kw_only=True)
class Reconsidered(Outcome):
    """A finished decision whether to train again; what was trained is another run."""

    decision: RetrainingDecision
    repairs: tuple[str, ...]
    page: str

    @property
    def message(self) -> str:
        """What was decided, and why."""
        return f"{self.run}: {self.decision.reason}"


@dataclass(frozen=True, kw_only=True)
class Monitored(Outcome):
    """A finished look at the version in production."""

    health: Health
    labelling: Labelling
    alerted: Alerted
    label_quarantine: str
    repairs: tuple[str, ...]
    page: str
    evidently: str | None

    @property
    def refused(self) -> bool:
        """Whether the model does harm."""
        return self.health.verdict == "harmed"

    @property
    def message(self) -> str:
        """Whether it is healthy, and how many alarms are told."""
        told = f", {len(self.alerted.told)} told" if self.alerted.told else ""
        verdict = self.health.verdict.replace("_", " ")
        return f"{self.run}: {verdict}{told}; {self.health.sentence}"


@dataclass(frozen=True)
class Failure:
    """A run that broke: where, why, and where to read more."""

    run: str
    step: str
    cause: str
    log_file: Path

    @property
    def message(self) -> str:
        """One line for an alerter."""
        return f"{self.run}: failed in {self.step}: {self.cause}"
