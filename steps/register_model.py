"""Write the decision into the ledger and show it in the registries."""

from typing import Annotated

from zenml import log_metadata, step
from zenml.logger import get_logger

from churn.evaluation.scorecard import Scorecard
from churn.gates.decision import Decision
from churn.model.export import probability_only
from churn.model.raw_rows import take_raw_rows
from churn.scoring.bundle import Bundle
from registry.context import candidate, ledger
from registry.registration import Registration, record
from registry.tracking import tracker
from registry.zenml_stages import mirror_stages

logger = get_logger(__name__)


@step(enable_cache=False)
def register_model(
    bundle: Bundle, scorecard: Scorecard, decision: Decision
) -> Annotated[Registration, "registration"]:
    """Record what was decided about this version; stages and aliases follow."""
    version = candidate(bundle)
    graph = take_raw_rows(
        probability_only(bundle.files["model.onnx"]), bundle.feature_names
    )
    # Before the ledger: a version without a decision means nothing, while a decision
    # whose version MLflow lacks could never be mirrored there.
    tracker().register(graph, bundle.manifest["features"], version.model, version.tags)
    with ledger() as history:
        registration = record(history, version, decision, scorecard.champion_version)
        events = history.events(version.model)
    mirror_stages(events)
    tracker().mirror(version.model, events)
    log_metadata(metadata={"scorecard": scorecard.headline}, infer_model=True)
    logger.info("version %s: %s", registration.version, registration.became)
    return registration
