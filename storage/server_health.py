"""How a running model server fares, by its own metrics."""

import time
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from churn.monitoring.scrape import Scrape
from churn.monitoring.server import START, ServerHealth, health_of
from storage.model_server import ModelServer, ServerError, UnreachableServerError


def server_health(server: ModelServer, *, seconds: float) -> ServerHealth | None:
    """Look once, and again after ``seconds`` (0: once); None where nobody answers.

    Raises
    ------
    ServerError
        If what answers is no model server of ours, or refuses our key.
    """
    try:
        first = _scrape(server)
        if not seconds:
            return health_of(server.url, first, None)
        time.sleep(seconds)
        return health_of(server.url, _scrape(server), first)
    except UnreachableServerError:
        return None


def _scrape(server: ModelServer) -> Scrape:
    text, at = server.metrics(), datetime.now(UTC)
    try:
        samples = {
            (sample.name, frozenset(sample.labels.items())): float(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
    except ValueError:
        samples = {}
    found = Scrape(at, samples)
    if not found.has(START):
        raise ServerError(f"{server.url}/metrics: expected the metrics of a server")
    return found
