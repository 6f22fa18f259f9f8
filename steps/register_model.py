"""Write the decision into the ledger and show it in the registries."""

import os
from typing import Annotated, Any

from zenml import log_metadata, step
from zenml.logger import get_logger

from churn.evaluation.evidence import Evidence
from churn.evaluation.scorecard import Scorecard
from churn.gates.decision import Decision
from churn.model.export import probability_only
from churn.model.raw_rows import take_raw_rows
from churn.scoring.bundle import Bundle
from churn.scoring.keys import trusted_keys
from registry.context import candidate, ledger
from registry.mirrors import mirror, verified
from registry.registration import Registration, record
from registry.release import release
from registry.tracking import tracker
from storage.release import readable_release, write_release

logger = get_logger(__name__)


@step(enable_cache=False)
def register_model(
    bundle: Bundle,
    scorecard: Scorecard,
    evidence: Evidence,  # noqa: ARG001 (its address and hash are kept)
    decision: Decision,
    policy: dict[str, Any],
    bounds: dict[str, float],
) -> Annotated[Registration, "registration"]:
    """Record what was decided about this version; release, stages, aliases follow."""
    version = candidate(bundle, scorecard, decision, policy, bounds)
    graph = take_raw_rows(
        probability_only(bundle.files["model.onnx"]), bundle.feature_names
    )
    # Before the ledger: a version without a decision means nothing, while a decision
    # whose version MLflow lacks could never be mirrored there.
    tracker().register(graph, bundle.manifest["features"], version.model, version.tags)
    told = readable_release(version.model, environ=os.environ)
    with ledger() as history:
        verified(history, version.model, told, trusted_keys(os.environ))
        registration = record(history, version, decision)
        events = history.events(version.model)
    write_release(release(version.model, events), environ=os.environ)
    mirror(version.model, events)
    log_metadata(metadata={"scorecard": scorecard.headline}, infer_model=True)
    logger.info("version %s: %s", registration.version, registration.became)
    return registration
