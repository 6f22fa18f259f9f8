"""What the page of a model's health tells, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from churn.monitoring.alarms import Notice
from churn.monitoring.following import Labelling
from churn.monitoring.health import Health, Verdict
from churn.monitoring.server import ServerHealth


@dataclass(frozen=True)
class EarlierLook:
    """What an earlier look found."""

    as_of: date
    version: str
    verdict: Verdict
    n_alarms: int


@dataclass(frozen=True, kw_only=True)
class HealthReport:
    """One look at a model as the page tells it.

    Parameters
    ----------
    told : tuple of Notice
        Told in this run.
    standing : tuple of Notice
        Alarms that are not over.
    channels : mapping of channel to str
        What each did, in words.
    labelling : Labelling
        Who told of outcomes, and of how many scores they are known.
    server : ServerHealth or None
        None where no server runs, or it could not be asked, which
        ``server_note`` tells.
    earlier : tuple of EarlierLook
        The newest last.
    record : str
        Where the look itself is kept, every figure of it.
    """

    dataset: str
    health: Health
    told: tuple[Notice, ...]
    standing: tuple[Notice, ...]
    channels: Mapping[str, str]
    labelling: Labelling
    server: ServerHealth | None
    server_note: str
    earlier: tuple[EarlierLook, ...]
    record: str
