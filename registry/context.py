"""What a running step learns from its stack: where the ledger is, whose model it is."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from zenml import get_step_context
from zenml.models import PipelineRunResponse

from churn.errors import ConfigError
from churn.scoring.bundle import Bundle
from registry.features_used import FEATURES, listed
from registry.ledger import Ledger
from registry.registration import Candidate

LEDGER_URL = "HOLDFAST_LEDGER_URL"


@contextmanager
def ledger() -> Iterator[Ledger]:
    """The ledger whose address the stack put into the environment."""
    url = os.environ.get(LEDGER_URL)
    if not url:
        msg = f"{LEDGER_URL} is not set: the stack file names no ledger store"
        raise ConfigError(msg)
    history = Ledger(url)
    try:
        yield history
    finally:
        history.close()


def model_name() -> str:
    """The registered model that this run's version belongs to."""
    return str(get_step_context().model.name)


def lineage(data: str) -> dict[str, str]:
    """Where a bundle came from: the run, the moment, code, configuration and data.

    ``data`` names the step's input that holds the rows.
    """
    context = get_step_context()
    run = context.pipeline_run
    told = run.config.extra.get("holdfast", {})
    (rows,) = context.inputs[data]
    return {
        "data_sha256": str(rows.content_hash),
        "feature_table": _feature_table(run),
        "run": run.name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "git_commit": str(told.get("git_commit", "unknown")),
        "configuration_sha256": str(told.get("configuration_sha256", "unknown")),
    }


def _feature_table(run: PipelineRunResponse) -> str:
    """Which version of it the snapshots were read from, as their step recorded."""
    (snapshots,) = run.steps["build_snapshots"].outputs["snapshots"]
    return str(snapshots.run_metadata["feature_table"])


def actor() -> str:
    """Who runs this; a container's user may have a number and no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def candidate(bundle: Bundle) -> Candidate:
    """The run's model version, with the evidence that the ledger keeps."""
    context = get_step_context()
    version = context.model
    (artifact,) = context.inputs["bundle"]
    return Candidate(
        model=version.name,
        version=str(version.number),
        version_id=str(version.model_version_id),
        actor=actor(),
        at=datetime.now(UTC),
        evidence=bundle.manifest["lineage"]
        | {
            "bundle_uri": artifact.uri,
            "bundle_sha256": bundle.bundle_sha256,
            FEATURES: listed(bundle.feature_names),
            "decided_by_run": context.pipeline_run.name,
        },
    )
