"""What was seen of the version in rollout."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.rollout.evidence import RolloutEvidence, nothing_seen
from registry.context import ledger, model_name
from registry.state import state
from storage.model_server import ModelServer
from storage.rollout_log import rollout_log

logger = get_logger(__name__)


@step(enable_cache=False)
def measure_rollout(
    server_url: str | None,
) -> Annotated[RolloutEvidence, "rollout_evidence"]:
    """Gather both models' answers since the phase began, and the guard's alarm."""
    model = model_name()
    with ledger() as history:
        running = state(history.events(model)).rollout
    if running is None:
        return nothing_seen("no rollout is running")
    evidence = rollout_log(
        model,
        phase=running.phase,
        version=running.version,
        began=running.started.sequence,
        sequence=running.entered.sequence,
        since=running.since,
        server=ModelServer.at(server_url, os.environ) if server_url else None,
        environ=os.environ,
    )
    found = len(evidence.pairs), len(evidence.answers), evidence.note
    logger.info("%d rows scored by both, %d answers of a canary; %s", *found)
    return evidence
