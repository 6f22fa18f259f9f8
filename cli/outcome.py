"""What came of a run, read back from its artifacts: the facts, not their looks."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from zenml.client import Client
from zenml.models import ArtifactVersionResponse, PipelineRunResponse

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
    evidently: str

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


def outcome_of(pipeline: str, run_name: str, times: Times) -> Outcome:
    """Read a finished run's artifacts back."""
    run = Client().get_pipeline_run(run_name, allow_name_prefix_match=False)
    kind, facts = KINDS[pipeline]
    return kind(run=run_name, times=times, **facts(run))


def _read(run: PipelineRunResponse) -> dict[str, Any]:
    tables = _metadata(run, "validate_tables", "tables")
    rows = {
        k.removesuffix("_rows"): v for k, v in tables.items() if k.endswith("_rows")
    }
    quarantine = _output(run, "validate_tables", "quarantine")
    return {
        "source": tables["source"],
        "as_of": _output(run, "validate_tables", "as_of").load(),
        "rows": rows,
        "n_quarantined": _metadata(run, "validate_tables", "quarantine")["n_rows"],
        "quarantine": f"{quarantine.uri}/frame.parquet",
    }


def _trained(run: PipelineRunResponse) -> dict[str, Any]:
    return _read(run) | {
        "feature_table": _metadata(run, "build_snapshots", "snapshots")[
            "feature_table"
        ],
        "windows": _metadata(run, "split_snapshots", "split"),
        "search": _output(run, "search_model", "search_result").load(),
        "scorecard": _output(run, "evaluate_model", "scorecard").load(),
        "decision": _output(run, "decide_promotion", "decision").load(),
        "registration": _output(run, "register_model", "registration").load(),
        "report": f"{_output(run, 'publish_report', 'report').uri}/output.html",
    }


def _backfilled(run: PipelineRunResponse) -> dict[str, Any]:
    return _read(run) | {
        "backfill": _output(run, "build_feature_table", "backfill").load(),
        "n_published": _output(run, "publish_online", "n_published").load(),
    }


def _batch_scored(run: PipelineRunResponse) -> dict[str, Any]:
    return _read(run) | {
        "current": _output(run, "store_current_features", "current_rows").load(),
        "scored": _output(run, "score_customers", "scored").load(),
        "exported": _output(run, "export_targets", "exported").load(),
        "report": f"{_output(run, 'publish_batch_report', 'report').uri}/output.html",
    }


def _followed(run: PipelineRunResponse) -> dict[str, Any]:
    page = _output(run, "publish_models_page", "models_page")
    return {
        "version": _output(run, "smoke_test", "live_version").load(),
        "repairs": tuple(_output(run, "repair_mirrors", "repairs").load()),
        "page": f"{page.uri}/output.html",
    }


def _deployed(run: PipelineRunResponse) -> dict[str, Any]:
    page = _output(run, "publish_models_page", "models_page")
    return {
        "decision": _output(run, "decide_rollout", "rollout_decision").load(),
        "confirmation": _output(run, "confirm_live", "confirmation").load(),
        "server": _output(run, "deploy_release", "server_url").load(),
        "repairs": tuple(_output(run, "repair_mirrors", "repairs").load()),
        "page": f"{page.uri}/output.html",
    }


def _reconsidered(run: PipelineRunResponse) -> dict[str, Any]:
    page = _output(run, "publish_retraining_page", "retraining_page")
    return {
        "decision": _output(run, "decide_retraining", "retraining_decision").load(),
        "repairs": tuple(_output(run, "repair_mirrors", "repairs").load()),
        "page": f"{page.uri}/output.html",
    }


def _monitored(run: PipelineRunResponse) -> dict[str, Any]:
    page = _output(run, "publish_health_report", "health_report")
    guest = _output(run, "publish_evidently_report", "evidently_report")
    quarantine = _output(run, "label_scores", "label_quarantine")
    return {
        "health": _output(run, "assess_health", "health").load(),
        "labelling": _output(run, "label_scores", "labelling").load(),
        "alerted": _output(run, "alert", "alerted").load(),
        "label_quarantine": f"{quarantine.uri}/frame.parquet",
        "repairs": tuple(_output(run, "repair_mirrors", "repairs").load()),
        "page": f"{page.uri}/output.html",
        "evidently": f"{guest.uri}/output.html",
    }


# What a pipeline's runs are read back as.
KINDS: Mapping[str, tuple[type[Outcome], Callable[..., dict[str, Any]]]] = {
    "batch_inference": (BatchScored, _batch_scored),
    "deployment": (Deployed, _deployed),
    "features": (Backfilled, _backfilled),
    "monitoring": (Monitored, _monitored),
    "promotion": (Followed, _followed),
    "retraining": (Reconsidered, _reconsidered),
    "rollback": (Followed, _followed),
    "training": (Trained, _trained),
}


def _output(run: PipelineRunResponse, step: str, name: str) -> ArtifactVersionResponse:
    return run.steps[step].outputs[name][0]


def _metadata(run: PipelineRunResponse, step: str, name: str) -> dict[str, Any]:
    return dict(_output(run, step, name).run_metadata)
