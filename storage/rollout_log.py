"""What the log and the server say of a version in rollout."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from churn.rollout.evidence import RolloutEvidence, gathered, nothing_seen
from storage.model_server import ModelServer, ServerError
from storage.predictions.history import feedback, predictions, shadow
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
    began: int,
    sequence: int,
    since: datetime,
    server: ModelServer | None,
    environ: Mapping[str, str],
) -> RolloutEvidence:
    """Everything that was seen of a version since its phase began with ``sequence``.

    A veto counts since the event ``began`` that started the rollout: a server that
    took the version out in shadow does not say so again in the canary. Labels are what
    was fed back to the server.

    Raises
    ------
    TableError
        If the log cannot be read.
    """
    alarm, problem = _alarm(server, version, began)
    url = environ.get(PREDICTIONS_URL)
    if not url:
        return nothing_seen(NO_STORE, alarm)
    start = since - CLOCKS_DIFFER
    scored = shadow(url, model, since=start)
    return gathered(
        predictions(url, model, since=start) if phase == "canary" else None,
        scored,
        version=version,
        sequence=sequence,
        alarm=alarm,
        note=problem,
        outcomes=_outcomes(
            scored.filter(pl.col("sequence") >= sequence, version=version),
            feedback(url, model, since=start),
        ),
    )


def _outcomes(scored: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Whether customers whom both models scored left, as was fed back last.

    Feedback is of a request; of several customers in one it does not say which.
    """
    is_single = pl.len().over("request_id") == 1
    rows = scored.filter(is_single, pl.col("probability").is_not_null())
    known = told.filter(pl.col("truth").is_in([0.0, 1.0]))
    last = known.unique("request_id", keep="last", maintain_order=True)
    return rows.join(last.select("request_id", "truth"), on="request_id").select(
        customer=pl.coalesce("customer", "request_id"),
        snapshot_date=pl.col("at").dt.date(),
        is_churn=pl.col("truth") == 1,
        champion="champion_probability",
        challenger="probability",
    )


def _alarm(
    server: ModelServer | None, version: str, began: int
) -> tuple[str | None, str]:
    """What the server's guard found, and why it could not be asked."""
    if server is None:
        return None, NO_SERVER
    try:
        return server.veto(version, began), ""
    except ServerError as error:
        return None, str(error)
