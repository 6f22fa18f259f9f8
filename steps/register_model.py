"""Write the decision into the ledger and show it in the registries."""

from typing import Annotated

from zenml import log_metadata, step
from zenml.logger import get_logger

from churn.evaluation.scorecard import Scorecard
from churn.gates.decision import Decision
from churn.model.export import probability_only
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
    with ledger() as history:
        registration = record(history, version, decision)
        events = history.events(version.model)
    mirror_stages(events)
    graph = probability_only(bundle.files["model.onnx"])
    tracker().register(graph, version.model, version.tags)
    tracker().mirror(version.model, events)
    log_metadata(metadata={"scorecard": scorecard.headline}, infer_model=True)
    logger.info("version %s: %s", registration.version, registration.became)
    return registration
