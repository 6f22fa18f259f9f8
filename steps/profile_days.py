"""What was scored, day by day."""

import os
from datetime import UTC, datetime
from typing import Annotated, Any

from zenml import step
from zenml.logger import get_logger

from churn.monitoring.following import Looked, OutcomePlan
from churn.monitoring.plan import parse_monitoring
from churn.scoring.keys import trusted_keys
from churn.snapshots import SnapshotPlan
from datasets.catalogue import load
from registry.champion import live
from registry.context import ledger, model_name
from registry.opened import opener
from storage.looking import Look, look_at

logger = get_logger(__name__)


@step(enable_cache=False)
def profile_days(
    dataset: str,
    as_of: str,
    snapshots: SnapshotPlan | None,
    outcomes: OutcomePlan,
    monitoring: dict[str, Any],
) -> Annotated[Looked, "looked"]:
    """Count what servers answered since the last look, beside what batches counted."""
    trusted = trusted_keys(os.environ)
    with ledger() as history:
        events = history.events(model_name())
    look = Look(
        dataset=load(dataset),
        model=model_name(),
        version=live(events, trusted).version,
        as_of=datetime.fromisoformat(as_of),
        window_days=parse_monitoring(monitoring, "monitoring").window_days,
        outcomes=outcomes,
        snapshots=snapshots,
    )
    opened = opener(events, trusted)
    looked = look_at(look, opened, now=datetime.now(UTC), environ=os.environ)
    logger.info("%s scores since %s", looked.n_followed, looked.first_followed_day)
    return looked
