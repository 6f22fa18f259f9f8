"""What was decided about training again, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from churn.evaluation.scorecard import Estimate

RuleOutcome = Literal["fires", "quiet", "unknown"]
LimitOutcome = Literal["allows", "holds", "waived"]


@dataclass(frozen=True)
class RuleResult:
    """One rule of a trigger, answered.

    Parameters
    ----------
    outcome : {"fires", "quiet", "unknown"}
        ``unknown``: what it would look at does not exist or is too old; it then asks
        for nothing.
    figure, bound : float or None
        What was found and what it was held against, both in ``unit``.
    """

    name: str
    kind: str
    outcome: RuleOutcome
    figure: float | None
    bound: float | None
    unit: str
    sentence: str


@dataclass(frozen=True)
class LimitResult:
    """One limit of a trigger, answered; a person's word waives what would hold."""

    name: str
    outcome: LimitOutcome
    figure: float | None
    bound: float | None
    unit: str
    sentence: str


@dataclass(frozen=True)
class Alarm:
    """An alarm of monitoring that stands."""

    name: str
    kind: str
    sentence: str


@dataclass(frozen=True)
class Figure:
    """A figure by labels, and what it was when the version was made."""

    found: Estimate
    reference: Estimate | None


@dataclass(frozen=True)
class Drifted:
    """How far one feature is from what training saw; None where nothing can be said.

    Parameters
    ----------
    psi : float or None
        Population stability index, not corrected for its bias.
    ks_p : float or None
        The p-value of the Kolmogorov-Smirnov test.
    """

    psi: float | None
    ks_p: float | None


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What monitoring last said of a version, as far as rules ask for it.

    Parameters
    ----------
    as_of : date
        The day that it speaks of.
    labels : str
        What the figures rest on, in words.
    """

    version: str
    as_of: date
    verdict: str
    alarms: tuple[Alarm, ...]
    labels: str
    measured: Mapping[str, Figure]
    drift: Mapping[str, Drifted]


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that a decision rests on.

    Parameters
    ----------
    moment : datetime, UTC
        When it is decided, or the moment that is pretended; so are all others.
    trained : datetime, UTC
        Up to when the champion's training knew everything.
    last_training : datetime, UTC
        The same of the newest training of any version.
    retrainings : tuple of date
        Days on which it was decided to train again, each once, oldest first.
    on_its_way : str or None
        The version that holds stage staging, trained at ``on_its_way_trained``.
    signs : Signs or None
        None: monitoring has never spoken.
    asked : str or None
        A person's reason; None where no person asks.
    """

    model: str
    champion: str
    moment: datetime
    trained: datetime
    last_training: datetime
    retrainings: tuple[date, ...]
    on_its_way: str | None
    on_its_way_trained: datetime | None
    signs: Signs | None
    asked: str | None


@dataclass(frozen=True, kw_only=True)
class RetrainingDecision:
    """Whether to train again now, by which rules and limits, and what they saw.

    Parameters
    ----------
    retrain : bool
    trigger : str
        A file of configs/retraining.
    policy : str
        The gates that the new version has to pass.
    because : tuple of str
        The rules that fired; ``person`` where one asked.
    """

    retrain: bool
    trigger: str
    policy: str
    reason: str
    because: tuple[str, ...]
    rules: tuple[RuleResult, ...]
    limits: tuple[LimitResult, ...]
    case: Case
