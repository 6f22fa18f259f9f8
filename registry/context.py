"""What a running step learns from its stack: where the ledger is, whose model it is."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from zenml import get_step_context
from zenml.models import ArtifactVersionResponse, PipelineRunResponse

from churn.errors import ConfigError
from churn.evaluation.scorecard import Scorecard
from churn.gates.decision import Decision
from churn.scoring.bundle import Bundle
from churn.scoring.keys import signing_key
from registry.actor import actor
from registry.conditions import Act, as_reason
from registry.database import PASSWORD_VARIABLE
from registry.event import Lineage
from registry.ledger import Ledger
from registry.registration import Candidate
from registry.tracking import tracker
from registry.transitions import plain

LEDGER_URL = "HOLDFAST_LEDGER_URL"
# A run's decision is about staging; the way to production is a person's.
STAGE = "staging"


@contextmanager
def ledger() -> Iterator[Ledger]:
    """The ledger whose address the stack put into the environment."""
    url = os.environ.get(LEDGER_URL)
    if not url:
        msg = f"{LEDGER_URL} is not set: the stack file names no ledger store"
        raise ConfigError(msg)
    key = signing_key(os.environ)
    password = os.environ.get(PASSWORD_VARIABLE)
    history = Ledger(url, password=password, sign=key.sign if key else None)
    try:
        yield history
    finally:
        history.close()


def model_name() -> str:
    """The registered model that this run's version belongs to."""
    return str(get_step_context().model.name)


def this_act(reason: str | None = None) -> Act:
    """Who runs this, now; the reason is the run itself where none is given."""
    run = get_step_context().pipeline_run
    told = f"made by the run {run.name}" if reason is None else as_reason(reason)
    return Act(actor(), datetime.now(UTC), told)


def input_sha256(name: str) -> str:
    """The hash of what the step's input of this name holds."""
    (artifact,) = get_step_context().inputs[name]
    return str(artifact.content_hash)


def evidence_address(name: str) -> dict[str, str]:
    """Where the step's input of this name is kept, and its hash."""
    (artifact,) = get_step_context().inputs[name]
    return {
        "evidence_uri": artifact.uri,
        "evidence_sha256": str(artifact.content_hash),
    }


def lineage(data: str) -> dict[str, str]:
    """Where a bundle came from: the run, the moment, code, configuration and data.

    ``data`` names the step's input that holds the rows.
    """
    context = get_step_context()
    run = context.pipeline_run
    (rows,) = context.inputs[data]
    return {
        "data_sha256": str(rows.content_hash),
        "feature_table": _feature_table(run),
        "run": run.name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **_told(run),
    }


def _told(run: PipelineRunResponse) -> dict[str, str]:
    """The commit and the configuration that a run was started with."""
    told = run.config.extra.get("holdfast", {})
    names = ("git_commit", "configuration_sha256")
    return {name: str(told.get(name, "unknown")) for name in names}


def _feature_table(run: PipelineRunResponse) -> str:
    """Which version of it the snapshots were read from, as their step recorded."""
    snapshots = _output(run, "build_snapshots", "snapshots")
    return str(snapshots.run_metadata["feature_table"])


def candidate(
    bundle: Bundle,
    scorecard: Scorecard,
    decision: Decision,
    policy: Mapping[str, Any],
    bounds: Mapping[str, float],
) -> Candidate:
    """The run's model version, with all that the ledger keeps of it."""
    context = get_step_context()
    version, run = context.model, context.pipeline_run
    return Candidate(
        model=version.name,
        version=str(version.number),
        version_id=str(version.model_version_id),
        act=this_act(),
        lineage=_of_version(bundle),
        registered={
            "kind": bundle.kind,
            "dataset": bundle.manifest["dataset"],
            "as_of": _output(run, "validate_tables", "as_of").load(),
            "features": list(bundle.feature_names),
            "parameters": bundle.manifest["model"]["params"],
            "bundle_bytes": sum(map(len, bundle.files.values())),
            "split_uri": _output(run, "split_snapshots", "split").uri,
        },
        evaluated={
            "figures": plain(scorecard.figures),
            **evidence_address("evidence"),
            "compared_with": scorecard.champion_version,
        },
        decided={
            "decision": plain(decision),
            "policy": plain(policy),
            "bounds": plain(bounds),
            "stage": STAGE,
        },
    )


def _of_version(bundle: Bundle) -> Lineage:
    """Where the version came from: this very run, which may reuse another's bundle."""
    context = get_step_context()
    (artifact,) = context.inputs["bundle"]
    mlflow_run_id, mlflow_experiment_id = tracker().run_ids()
    return Lineage(
        bundle_uri=artifact.uri,
        bundle_sha256=bundle.bundle_sha256,
        data_sha256=bundle.manifest["lineage"]["data_sha256"],
        **_told(context.pipeline_run),
        run=context.pipeline_run.name,
        run_id=str(context.pipeline_run.id),
        mlflow_run_id=mlflow_run_id,
        mlflow_experiment_id=mlflow_experiment_id,
    )


def _output(run: PipelineRunResponse, step: str, name: str) -> ArtifactVersionResponse:
    (artifact,) = run.steps[step].outputs[name]
    return artifact
