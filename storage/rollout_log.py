"""What the log and the server say of a version in rollout."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from churn.rollout.evidence import RolloutEvidence, gathered, nothing_seen
from storage.model_server import ModelServer, ServerError
from storage.predictions.history import predictions, shadow
from storage.predictions.ship import PREDICTIONS_URL

CLOCKS_DIFFER = timedelta(days=1)
"""Rows are chosen by the event that servers had followed; this only bounds reading."""

NO_SERVER = "no server runs"
NO_STORE = "the stack names no stores.predictions, so nothing is logged"


def rollout_log(  # noqa: PLR0913 (whose, since when, where)
    model: str,
    *,
    phase: str,
    version: str,
    sequence: int,
    since: datetime,
    server: ModelServer | None,
    environ: Mapping[str, str],
) -> RolloutEvidence:
    """Everything that was seen of a version since the event that began its phase.

    Labels are no part of it yet: monitoring joins them once they have matured.

    Raises
    ------
    TableError
        If the log cannot be read.
    """
    alarm, problem = _alarm(server, version, sequence)
    url = environ.get(PREDICTIONS_URL)
    if not url:
        return nothing_seen(NO_STORE, alarm)
    start = since - CLOCKS_DIFFER
    return gathered(
        predictions(url, model, since=start) if phase == "canary" else None,
        shadow(url, model, since=start),
        version=version,
        sequence=sequence,
        alarm=alarm,
        note=problem,
    )


def _alarm(
    server: ModelServer | None, version: str, sequence: int
) -> tuple[str | None, str]:
    """What the server's guard found, and why it could not be asked."""
    if server is None:
        return None, NO_SERVER
    try:
        return server.veto(version, sequence), ""
    except ServerError as error:
        return None, str(error)
