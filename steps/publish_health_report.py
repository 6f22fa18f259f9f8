"""One page that says whether the model is healthy, how sure that is, and what to do."""

import os
from datetime import timedelta
from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from churn.monitoring.following import Labelling
from churn.monitoring.health import Health
from churn.report.health import health_page
from churn.report.health_content import EarlierLook, HealthReport
from registry.alarming import Alerted
from registry.context import model_name
from registry.deployer import deployer
from registry.tracking import tracker
from storage.health import health_table, read_health
from storage.running_server import running_server

EARLIER = timedelta(days=60)


@step(enable_cache=False)
def publish_health_report(
    dataset: str, health: Health, alerted: Alerted, labelling: Labelling
) -> Annotated[HTMLString, "health_report"]:
    """Draw the page of this look, here and in the tracker."""
    model, day = model_name(), timedelta(days=1)
    found = read_health(
        model, health.as_of - EARLIER, health.as_of - day, environ=os.environ
    )
    runner = deployer()
    url = None if runner is None else runner.state(model).url
    server, note = running_server(url, os.environ)
    report = HealthReport(
        dataset=dataset,
        health=health,
        told=alerted.told,
        standing=alerted.standing,
        channels=alerted.channels,
        labelling=labelling,
        server=server,
        server_note=note,
        earlier=tuple(
            EarlierLook(one.as_of, one.version, one.verdict, len(one.alarms))
            for one in found
        ),
        record=health_table(model, environ=os.environ).url,
    )
    page = health_page(report)
    tracker().text(page, "health.html")
    return HTMLString(page)
