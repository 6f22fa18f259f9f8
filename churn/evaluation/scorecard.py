"""All measurements of one model version, as plain records.

Computed in ``evaluate``; read by the gates, the report and the registry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; ``None`` where it is undefined.

    ``n`` counts the rows it rests on.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


Figures = Mapping[str, Estimate]
"""Metric name to estimate; the names are those of ``churn.evaluation.metrics``."""


@dataclass(frozen=True)
class Slice:
    """The same figures for one group of the test rows."""

    name: str
    group: str
    n_rows: int
    n_churners: int
    figures: Figures


@dataclass(frozen=True)
class CurvePoint:
    """One point of a curve; the meaning of x and y is the curve's."""

    x: float
    y: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Opponent:
    """Something the model is compared with on the same test rows.

    ``gains`` are paired differences, model minus opponent, positive when the
    model is better (for losses the sign is turned).
    """

    name: str
    description: str
    figures: Figures
    gains: Figures


PROBES = ("single_feature", "moved_earlier", "unavailable", "recency")
"""Ways to look for a leak; each is a module of ``churn.leaks``."""


@dataclass(frozen=True)
class LeakReading:
    """What one leak probe saw in one feature.

    Parameters
    ----------
    probe : str
        A name of ``PROBES``.
    observed : Estimate
        The higher, the more it looks like a leak; in words in ``sentence``.
    bound : float or None
        What the policy lets pass; None where it asks for no such probe.
    """

    probe: str
    feature: str
    observed: Estimate
    bound: float | None
    sentence: str

    @property
    def is_leak(self) -> bool:
        """Whether the whole interval lies above the bound."""
        low = self.observed.low
        return self.bound is not None and low is not None and low > self.bound


@dataclass(frozen=True)
class LeakReport:
    """What all leak probes saw; ``skipped`` says why a probe does not apply."""

    readings: tuple[LeakReading, ...]
    skipped: Mapping[str, str]


NOT_PROBED = LeakReport((), {})


@dataclass(frozen=True)
class Scorecard:
    """What one version did on the test window.

    ``opponents`` holds the baselines (``majority``, ``best_rule``, ``logistic``),
    ``champion`` when there is one and ``oracle`` when the truth is known.
    ``definitions`` says in words what the named figures mean (the deployed
    decision, high value).
    """

    n_rows: int
    n_customers: int
    n_churners: int
    first_snapshot: date
    last_snapshot: date
    figures: Figures
    opponents: Mapping[str, Opponent]
    slices: tuple[Slice, ...]
    reliability: tuple[CurvePoint, ...]
    lift: tuple[CurvePoint, ...]
    profit: tuple[CurvePoint, ...]
    importance: Mapping[str, float]
    leaks: LeakReport
    definitions: Mapping[str, str]
    champion_version: str | None
    champion_is_same_bundle: bool

    @property
    def headline(self) -> dict[str, float]:
        """The model's defined figures without their intervals."""
        return {
            name: estimate.value
            for name, estimate in self.figures.items()
            if estimate.value is not None
        }
