"""Evidently's own report beside ours, for those who know it."""

import os
from html import escape
from typing import Annotated

from zenml import step
from zenml.logger import get_logger
from zenml.types import HTMLString

from churn.monitoring.day import merged
from churn.monitoring.drift import SCORE
from churn.monitoring.following import Looked
from churn.monitoring.health import Health
from churn.monitoring.redraw import (
    profiles_of_reference,
    profiles_of_window,
    redrawn,
)
from churn.monitoring.reference import Reference
from churn.scoring.keys import trusted_keys
from registry.champion import live
from registry.context import ledger, model_name
from storage.evidently_page import GuestError, evidently_page
from storage.looking import version_days
from storage.served import Period

logger = get_logger(__name__)

# Evidently takes its time for each column.
MOST_FEATURES = 12
SEED = 20240101
NOTE = (
    "<p style='font-family: sans-serif; margin: 1rem'>Drawn by Evidently from {n:,} "
    "rows a side, of the score and the {most} features that moved most. Neither side "
    "is customers' rows: both were redrawn from the profiles that are kept of the "
    "training and of {first} to {last}, column by column, so that correlations mean "
    "nothing here; a column without a value on one side is left out. Whether anything "
    "does harm is said on the health page of the same run.</p>"
)


@step(enable_cache=False)
def publish_evidently_report(
    looked: Looked, health: Health, n_rows: int
) -> Annotated[HTMLString, "evidently_report"]:
    """Let Evidently compare the window with the training; its failure is told only."""
    with ledger() as history:
        champion = live(history.events(model_name()), trusted_keys(os.environ))
    reference = Reference.of(champion.bundle)
    period = Period(looked.first_day, looked.last_day)
    days = version_days(model_name(), looked.version, period, environ=os.environ)
    moved = [one.name for one in health.drift if one.name in reference.features]
    shown = [SCORE, *moved[:MOST_FEATURES]]
    sides = (profiles_of_reference(reference), profiles_of_window(merged(days)))
    frames = [
        redrawn({k: side[k] for k in shown}, reference, n=n_rows, seed=SEED)
        for side in sides
    ]
    note = NOTE.format(
        n=n_rows, most=len(shown) - 1, first=period.first, last=period.last
    )
    try:
        page = evidently_page(frames[0], frames[1])
    except GuestError as error:
        logger.warning("%s", error)
        return HTMLString(
            f"<html><body>{note}<p>{escape(str(error))}</p></body></html>"
        )
    return HTMLString(page.replace("<body>", f"<body>{note}", 1))
