"""What a decision whether to train again rests on, made up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from churn.evaluation.scorecard import Estimate
from churn.retraining.decision import Alarm, Case, Drifted, Figure, Signs

NOW = datetime(2026, 6, 1, 3, 15, tzinfo=UTC)
BEFORE = Estimate(0.82, 0.81, 0.83, 9000)
RANKING = Figure(Estimate(0.77, 0.75, 0.79, 4000), BEFORE)
HARM = Alarm("estimated_ranking", "estimated", "ROC-AUC is 0.04 lower")
VOLUME = Alarm("volume:batch", "volume", "half of the rows are missing")
MISSING = Alarm("quality:missing", "quality", "a tenth has no value in tenure")
UNKNOWN = Alarm("quality:unknown_category", "quality", "a tenth has a new plan")
SIGNS = Signs(
    version="2",
    as_of=date(2026, 5, 31),
    verdict="healthy",
    alarms=(),
    labels="matured labels",
    measured={"roc_auc": RANKING},
    drift={"tenure": Drifted(0.05, 0.4), "plan": Drifted(0.3, None)},
)


def case(*, trained_days: float = 3, rested_days: float = 3, **told: Any) -> Case:
    """A quiet day; whoever asks for more says what differs."""
    quiet = Case(
        model="churn-bank",
        champion="2",
        moment=NOW,
        trained=NOW - timedelta(days=trained_days),
        last_training=NOW - timedelta(days=rested_days),
        retrainings=(),
        on_its_way=None,
        on_its_way_trained=None,
        signs=SIGNS,
        asked=None,
    )
    return replace(quiet, **told)


def signs(**told: Any) -> Signs:
    """What monitoring said, but for some of it."""
    return replace(SIGNS, **told)
