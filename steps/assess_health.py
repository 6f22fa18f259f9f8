"""Is the model wrong, how wrong, and how sure is that."""

import os
from datetime import UTC, datetime
from typing import Annotated, Any

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.monitoring.following import Labelling, Looked, label_window, with_notes
from churn.monitoring.harm import assess
from churn.monitoring.health import Health
from churn.monitoring.plan import parse_monitoring
from churn.monitoring.reference import Reference
from churn.monitoring.standing import with_standing
from churn.scoring.keys import trusted_keys
from churn.snapshots import SnapshotPlan
from datasets.catalogue import load
from registry.alarming import standing
from registry.champion import live
from registry.context import ledger, model_name
from storage.health import put_health
from storage.looking import all_days
from storage.served import Period

logger = get_logger(__name__)


@step(enable_cache=False)
def assess_health(  # noqa: PLR0913 (one parameter a section or an artifact)
    dataset: str,
    outcomes: pl.DataFrame,
    labelling: Labelling,
    as_of: str,
    snapshots: SnapshotPlan | None,
    monitoring: dict[str, Any],
    looked: Looked,
) -> Annotated[Health, "health"]:
    """Hold the days and the outcomes against the reference in the bundle; keep it."""
    with ledger() as history:
        events = history.events(model_name())
    champion = live(events, trusted_keys(os.environ))
    # Whether a day's volume is usual, earlier weeks tell, and versions before.
    period = Period(looked.first_followed_day, looked.last_day)
    found = assess(
        Reference.of(champion.bundle),
        all_days(model_name(), period, environ=os.environ),
        outcomes if labelling.n_known else None,
        parse_monitoring(monitoring, "monitoring"),
        label_window(load(dataset), snapshots),
        as_of=datetime.fromisoformat(as_of),
    )
    health = with_standing(with_notes(found, looked, labelling), standing(events))
    put_health(health, written_at=datetime.now(UTC), environ=os.environ)
    logger.info("%s: %s", health.verdict, health.sentence)
    return health
