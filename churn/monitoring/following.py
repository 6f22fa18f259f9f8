"""Which scores a look is about, and how far they are followed to their outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from churn.dataset import Dataset
from churn.monitoring.harm import LabelWindow
from churn.monitoring.health import Health
from churn.ranges import at_least
from churn.snapshots import SnapshotPlan


@dataclass(frozen=True)
class OutcomePlan:
    """Which scores wait for their labels.

    Parameters
    ----------
    most_rows : int
        At most so many; of more, some days and some customers, the same each time.
    label_days : int
        Age at which a score is given up, where no label window says when its label is
        known.
    """

    most_rows: int
    label_days: int

    def __post_init__(self) -> None:
        """Refuse to follow nobody."""
        at_least("outcomes.most_rows", self.most_rows, 1000)
        at_least("outcomes.label_days", self.label_days, 1)

    def first_day(
        self, last_day: date, window_days: int, plan: SnapshotPlan | None
    ) -> date:
        """The oldest snapshot date whose outcome a look of ``window_days`` is about.

        Examples
        --------
        >>> OutcomePlan(1000, 90).first_day(date(2024, 4, 30), 30, None)
        datetime.date(2024, 1, 2)
        """
        label_days = self.label_days if plan is None else plan.maturity_days
        return last_day - timedelta(days=label_days + window_days - 1)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look is about: one version's scores of some days.

    Parameters
    ----------
    first_day, last_day : date
        Of the window whose scores are judged.
    first_followed_day : date
        The oldest whose labels may still tell something.
    n_followed : int
        Scores since that day.
    notes : tuple of str
        What could not be counted, in a sentence each.
    """

    version: str
    first_day: date
    last_day: date
    first_followed_day: date
    n_followed: int
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Labelling:
    """What the labels come to.

    Parameters
    ----------
    sources : tuple of str
        Who told of outcomes.
    n_scores, n_known : int
        Scores that are followed, and of how many it is known what became of them.
    n_read, n_quarantined : int
        Rows of the label files that were given to this look; and how many of them
        count for nothing, with those given before that contradict one another.
    quarantined_because : mapping of reason to int
    notes : tuple of str
        What was left out or lacks, in a sentence each.
    """

    sources: tuple[str, ...]
    n_scores: int
    n_known: int
    n_read: int
    n_quarantined: int
    quarantined_because: Mapping[str, int]
    notes: tuple[str, ...]


def label_window(dataset: Dataset, plan: SnapshotPlan | None) -> LabelWindow | None:
    """When a label is decided; None for a data set whose labels come without dates."""
    if plan is None or dataset.label is None:
        return None
    return LabelWindow(
        plan.lead_time_days, plan.horizon_days, outcome=dataset.label.outcome
    )


def with_notes(health: Health, looked: Looked, labelling: Labelling) -> Health:
    """The same, with what was left out on the way to it."""
    notes = dict.fromkeys([*health.notes, *looked.notes, *labelling.notes])
    return replace(health, notes=tuple(notes))
