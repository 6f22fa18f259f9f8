"""What was scored, and what became of it: is the model still right, and who is told."""

from typing import Annotated, Any

from zenml import pipeline
from zenml.config import CachePolicy
from zenml.types import HTMLString

import materializers.registration  # noqa: F401 (makes ZenML use our formats)
from churn.monitoring.alarms import AlertPlan
from churn.monitoring.following import OutcomePlan
from churn.snapshots import SnapshotPlan
from churn.tables import Load
from datasets.subscriptions.plan import Simulation
from pipelines.caching import core_fingerprint
from steps.alert import alert
from steps.assess_health import assess_health
from steps.compact_predictions import compact_predictions
from steps.label_scores import label_scores
from steps.load_tables import load_tables
from steps.profile_days import profile_days
from steps.publish_evidently_report import publish_evidently_report
from steps.publish_health_report import publish_health_report
from steps.repair_mirrors import repair_mirrors
from steps.validate_tables import validate_tables

# ZenML turns the function into the path it is imported from.
CACHING = CachePolicy(cache_func=core_fingerprint)  # type: ignore[arg-type]


@pipeline(name="monitoring", cache_policy=CACHING)
def monitoring(  # noqa: PLR0913 (one parameter a section of the configuration)
    dataset: str,
    version: str,  # noqa: ARG001 (the run belongs to it)
    source: str | None,
    as_of: str | None,
    simulation: Simulation | None,
    snapshots: SnapshotPlan | None,
    load: Load,
    max_quarantined_share: float,
    labels: list[str],
    outcomes: OutcomePlan,
    alerts: AlertPlan,
    evidently_rows: int,
    monitoring: dict[str, Any],
) -> Annotated[HTMLString, "health_report"]:
    """Count what was scored, follow it to its labels, judge, tell whom it concerns."""
    repair_mirrors()
    compact_predictions(after=["repair_mirrors"])
    raw_tables, _oracle = load_tables(
        dataset, source, simulation, load, after=["compact_predictions"]
    )
    tables, quarantine, moment = validate_tables(dataset, raw_tables, as_of)
    looked = profile_days(dataset, moment, snapshots, outcomes, monitoring)
    followed, _label_quarantine, labelling = label_scores(
        dataset,
        tables,
        quarantine,
        max_quarantined_share,
        moment,
        snapshots,
        labels,
        outcomes,
        looked,
    )
    health = assess_health(
        dataset, followed, labelling, moment, snapshots, monitoring, looked
    )
    if evidently_rows:
        publish_evidently_report(looked, health, evidently_rows)
    alerted = alert(health, alerts)
    return publish_health_report(dataset, health, alerted, labelling)
