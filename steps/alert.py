"""Tell whom it concerns what is new, and nothing twice."""

import os
from datetime import UTC, datetime
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.monitoring.alarms import AlertPlan
from churn.monitoring.health import Health
from churn.scoring.keys import trusted_keys
from registry.alarming import Alerted, alerted, documents, record_alarms
from registry.alerter import alerters
from registry.context import ledger, model_name, this_act
from registry.mirrors import mirror, verified
from registry.release import release
from storage.alerts import AlertStore, tell, webhooks
from storage.release import readable_release, write_release

logger = get_logger(__name__)


@step(enable_cache=False)
def alert(health: Health, alerts: AlertPlan) -> Annotated[Alerted, "alerted"]:
    """Write new alarms into the ledger first; then tell alerter, store and webhook."""
    model, now = model_name(), datetime.now(UTC)
    told = readable_release(model, environ=os.environ)
    with ledger() as history:
        verified(history, model, told, trusted_keys(os.environ))
        found = record_alarms(history, model, health, alerts, this_act())
    if found.new:
        write_release(release(model, found.events), environ=os.environ)
        mirror(model, found.events)
    store = AlertStore.of(model, os.environ)
    channels = alerters() | webhooks(os.environ)
    told_by = tell(store, documents(found.events), channels, now)
    logger.info("%d told, %d held back", len(found.new), len(found.held_back))
    return alerted(found, told_by)
