"""What monitoring found, a document a day: for the page's trend and for retraining."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from churn.monitoring.health import Health
from storage.daily import DailyDocuments, Stored

KEY = "health"


def health_table(model: str, *, environ: Mapping[str, str]) -> DailyDocuments:
    """Where a model's health is kept."""
    return DailyDocuments.of(f"health/{model}", environ=environ)


def put_health(
    health: Health, *, written_at: datetime, environ: Mapping[str, str]
) -> None:
    """Keep what was found, in place of what was found as of the same day.

    Raises
    ------
    TableError
    """
    document = msgspec.json.encode(health, order="deterministic").decode()
    table = health_table(health.model, environ=environ)
    table.put(health.as_of, {KEY: document}, written_at=written_at)


def read_health(
    model: str, since: date, until: date, *, environ: Mapping[str, str]
) -> list[Health]:
    """What was found as of the days from ``since`` to ``until``, in their order.

    What an older program kept and this one cannot read is left out.

    Raises
    ------
    TableError
    """
    kept = health_table(model, environ=environ).read(since, until)
    found = [_read(stored) for stored in kept if stored.key == KEY]
    return [health for health in found if health is not None]


def last_health(
    model: str, *, until: date, environ: Mapping[str, str]
) -> Health | None:
    """What was found last, as of a day or before; None if nothing was.

    Raises
    ------
    TableError
    """
    found = read_health(model, date.min, until, environ=environ)
    return found[-1] if found else None


def _read(stored: Stored) -> Health | None:
    try:
        return msgspec.json.decode(stored.document, type=Health)
    except msgspec.DecodeError:
        return None
