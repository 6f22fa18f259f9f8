"""Raw tables to scores, and to the list of whom to contact."""

from typing import Annotated

from zenml import pipeline
from zenml.config import CachePolicy
from zenml.types import HTMLString

import materializers.registration  # noqa: F401 (makes ZenML use our formats)
from churn.batch.record import BatchPlan
from churn.features.engine import EnginePlan
from churn.snapshots import SnapshotPlan
from churn.tables import Load
from datasets.subscriptions.plan import Simulation
from pipelines.caching import core_fingerprint
from steps.export_targets import export_targets
from steps.list_targets import list_targets
from steps.load_tables import load_tables
from steps.publish_batch_report import publish_batch_report
from steps.repair_mirrors import repair_mirrors
from steps.score_customers import score_customers
from steps.store_current_features import store_current_features
from steps.validate_tables import validate_tables

# ZenML turns the function into the path it is imported from.
CACHING = CachePolicy(cache_func=core_fingerprint)  # type: ignore[arg-type]


@pipeline(name="batch_inference", cache_policy=CACHING)
def batch_inference(  # noqa: PLR0913 (one parameter a section of the configuration)
    dataset: str,
    version: str,  # noqa: ARG001 (the run belongs to it)
    source: str | None,
    as_of: str | None,
    simulation: Simulation | None,
    snapshots: SnapshotPlan | None,  # noqa: ARG001 (any date may be scored)
    load: Load,
    max_quarantined_share: float,
    features: EnginePlan,
    scoring: BatchPlan,
) -> Annotated[HTMLString, "report"]:
    """Score today's customers, say whom to contact, and hand the list on."""
    repair_mirrors()
    raw_tables, _oracle = load_tables(
        dataset, source, simulation, load, after=["repair_mirrors"]
    )
    tables, quarantine, moment = validate_tables(dataset, raw_tables, as_of)
    current, table_customers = store_current_features(
        dataset, tables, quarantine, moment, max_quarantined_share, features
    )
    scored = score_customers(
        dataset, current, table_customers, scoring, max_quarantined_share
    )
    targets = list_targets(scored)
    report = publish_batch_report(dataset, scored, targets)
    # Last: where the CRM is down, all before it is done.
    export_targets(dataset, scored, after=["publish_batch_report"])
    return report
