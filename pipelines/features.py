"""Raw tables to stored features, and the latest of them online."""

from typing import Annotated

from zenml import pipeline
from zenml.config import CachePolicy

import materializers.registration  # noqa: F401 (makes ZenML use our formats)
from churn.backfill import Backfill, DateRange
from churn.features.engine import EnginePlan
from churn.snapshots import SnapshotPlan
from churn.tables import Load
from datasets.subscriptions.plan import Simulation
from pipelines.caching import core_fingerprint
from steps.build_feature_table import build_feature_table
from steps.load_tables import load_tables
from steps.publish_online import publish_online
from steps.validate_tables import validate_tables

# ZenML turns the function into the path it is imported from.
CACHING = CachePolicy(cache_func=core_fingerprint)  # type: ignore[arg-type]


@pipeline(name="features", cache_policy=CACHING)
def features(  # noqa: PLR0913 (one parameter a section of the configuration)
    dataset: str,
    source: str | None,
    as_of: str | None,
    simulation: Simulation | None,
    snapshots: SnapshotPlan,
    load: Load,
    dates: DateRange,
    max_quarantined_share: float,
    features: EnginePlan,
) -> Annotated[Backfill, "backfill"]:
    """Build what is missing of the feature table, and publish its newest rows."""
    raw_tables, _oracle = load_tables(dataset, source, simulation, load)
    tables, quarantine, moment = validate_tables(dataset, raw_tables, as_of)
    backfill, latest_features = build_feature_table(
        dataset,
        tables,
        quarantine,
        moment,
        snapshots,
        dates,
        max_quarantined_share,
        features,
    )
    publish_online(dataset, latest_features)
    return backfill
