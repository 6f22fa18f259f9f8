"""The record of one look at a model in production. Knows no formulas."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from churn.evaluation.scorecard import Estimate, Figures
from churn.monitoring.drift import FeatureDrift

Verdict = Literal["healthy", "watch", "harmed", "cannot_know"]
"""``harmed``: an alarm; ``watch``: no alarm, yet something moved; ``cannot_know``: no
alarm, no matured labels, and what the estimates assume does not hold."""

HarmKind = Literal["estimated", "matured", "volume", "quality"]


@dataclass(frozen=True, kw_only=True)
class Harm:
    """One test of the year's alarm budget, as it stands today.

    Parameters
    ----------
    name : str
        ``estimated_ranking``, ``matured_ranking``, ``matured_calibration``,
        ``matured_net_value`` (the first two also as ``...:<slice>=<group>``),
        ``volume`` or ``quality`` (as ``...:<source>`` and ``...:<fault>``).
    kind : HarmKind
        What it rests on.
    loss : Estimate
        By how much it is worse, above 0 being worse, in ``unit``; with its 95 %
        interval. The value is None where the test could not be made.
    tolerance : float
        How much worse is nobody's concern; in ``unit``.
    error_rate : float
        The chance of a false alarm within a quiet year that this test may take.
    statistic, threshold : float or None
        Standard errors by which the loss exceeds the tolerance, and by which it must.
        The window that is nearest to an alarm, or furthest beyond it, is told.
    window_days : int or None
        Of that window.
    since : date or None
        About when it began, where there is an alarm.
    """

    name: str
    kind: HarmKind
    loss: Estimate
    tolerance: float
    unit: str
    error_rate: float
    statistic: float | None
    threshold: float | None
    window_days: int | None
    is_alarm: bool
    since: date | None
    sentence: str
    what_to_do: str


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """What the model is worth on the window, no label being known.

    Each of the mappings holds ``roc_auc``, ``recall``, ``churn_rate`` and
    ``net_value_per_1000_eur``.

    Parameters
    ----------
    confidence : Figures
        The model's probabilities taken at their word.
    importance : Figures
        What became of the reference's customers, weighted to the scores of today.
    reference : Figures
        The reference's own, the probabilities taken at their word.
    cannot_know : tuple of str
        Which assumptions do not hold, a sentence each; where there is any, the
        figures are not to be relied upon.
    """

    confidence: Figures
    importance: Figures
    reference: Figures
    cannot_know: tuple[str, ...]


@dataclass(frozen=True)
class DecileResidual:
    """Customers of a tenth of the scores: churn expected and found.

    ``found`` less ``expected`` is the residual; a share of customers, both.
    """

    decile: int
    n: int
    expected: float
    found: Estimate


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the model was worth, by labels.

    Figures are those of ``churn.evaluation.metrics`` that one can keep watching:
    ``roc_auc``, ``recall``, ``precision``, ``f1``, ``accuracy`` (of the decision to
    contact), ``brier``, ``calibration_slope``, ``churn_rate``,
    ``expected_churn_rate`` and, where the economics are known,
    ``net_value_per_1000_eur``.

    Parameters
    ----------
    first_day, last_day : date
        Snapshot dates of the cohorts.
    n, n_churners : int
        Rows, and churners seen among them.
    is_corrected : bool
        Whether labels still to come were allowed for.
    naive : Figures
        The same, whoever has not left yet being taken for loyal; equal to ``figures``
        once all labels are known.
    reference : Figures
        The same figures of the reference, as far as its counts tell them.
    residuals : tuple of DecileResidual
        From the likeliest churners (1) down.
    """

    first_day: date
    last_day: date
    n: int
    n_churners: int
    is_corrected: bool
    figures: Figures
    naive: Figures
    reference: Figures
    residuals: tuple[DecileResidual, ...]


@dataclass(frozen=True, kw_only=True)
class SliceHealth:
    """One group of customers: its ranking now, by either way, and in the reference."""

    name: str
    group: str
    n: int
    estimated_roc_auc: Estimate
    measured_roc_auc: Estimate | None
    reference_roc_auc: Estimate


@dataclass(frozen=True, kw_only=True)
class DayFigures:
    """One day of the window: how many were scored, and what is known of them.

    ``measured_roc_auc`` is of the customers scored that day; None until their labels
    have matured.
    """

    day: date
    n_scored: int
    mean_probability: float | None
    estimated_roc_auc: Estimate
    measured_roc_auc: Estimate | None


@dataclass(frozen=True)
class QualityFinding:
    """Something about the data that is worth a sentence; alarms are ``Harm``."""

    name: str
    n: int
    share: float | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """What is known of one version in production at ``as_of``.

    Parameters
    ----------
    first_day, last_day : date
        Of the window of scores that the estimates rest on.
    n_scored, n_customers : int
        Scores in the window, and of how many customers, about.
    harms : tuple of Harm
        Every test of the alarm budget, alarms first.
    measured : Measured or None
        On cohorts whose labels have all matured.
    early : Measured or None
        On cohorts whose labels have partly arrived, corrected for what is missing.
    drift : tuple of FeatureDrift
        Explains; never an alarm.
    notes : tuple of str
        Every result that had to be reduced, in a sentence each.
    """

    model: str
    version: str
    as_of: date
    first_day: date
    last_day: date
    n_scored: int
    n_customers: int
    n_days: int
    verdict: Verdict
    sentence: str
    harms: tuple[Harm, ...]
    estimated: Estimated
    measured: Measured | None
    early: Measured | None
    drift: tuple[FeatureDrift, ...]
    score_drift: FeatureDrift | None
    slices: tuple[SliceHealth, ...]
    trend: tuple[DayFigures, ...]
    quality: tuple[QualityFinding, ...]
    notes: tuple[str, ...]

    @property
    def alarms(self) -> tuple[Harm, ...]:
        """The tests that are alarms today."""
        return tuple(harm for harm in self.harms if harm.is_alarm)

    @property
    def harm_by_name(self) -> Mapping[str, Harm]:
        """Every test by its name."""
        return {harm.name: harm for harm in self.harms}
