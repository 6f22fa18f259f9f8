"""The registry of check kinds: a name, the function, and what its YAML must say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from churn.evaluation.metrics import METRICS
from churn.evaluation.scorecard import PROBES
from churn.gates.absolute import (
    calibration,
    ceiling,
    floor,
    high_value_recall,
    high_value_share,
    suspiciously_good,
)
from churn.gates.check import Answer
from churn.gates.comparisons import beats, beats_champion
from churn.gates.leaks import leak_probes
from churn.gates.slices import slices

Range = Callable[[str | None], tuple[float, float]]

INF = float("inf")


@dataclass(frozen=True)
class KindSpec:
    """How one kind is answered and written.

    Parameters
    ----------
    numbers : mapping of parameter to its possible range, given the metric's name
    optional : tuple of str
        Numbers whose named bound the data set may leave out.
    takes : tuple of str
        Which of ``metric`` and ``opponents`` a check of this kind states.
    """

    answer: Answer
    numbers: Mapping[str, Range]
    optional: tuple[str, ...]
    takes: tuple[str, ...]


def within_metric(metric: str | None) -> tuple[float, float]:
    """Where the metric itself can lie."""
    found = METRICS[metric or "roc_auc"]
    return found.lowest, found.highest


def within_gain(metric: str | None) -> tuple[float, float]:
    """Where a difference of two of the metric can lie."""
    lowest, highest = within_metric(metric)
    return lowest - highest, highest - lowest


def within_share(_metric: str | None) -> tuple[float, float]:
    """From none to all."""
    return 0.0, 1.0


def within_rows(_metric: str | None) -> tuple[float, float]:
    """A count of at least one."""
    return 1.0, INF


def within_slope(_metric: str | None) -> tuple[float, float]:
    """A rising line."""
    return 0.0, INF


KINDS: Mapping[str, KindSpec] = {
    "floor": KindSpec(floor, {"bound": within_metric}, (), ("metric",)),
    "ceiling": KindSpec(ceiling, {"bound": within_metric}, (), ("metric",)),
    "beats": KindSpec(beats, {"margin": within_gain}, (), ("metric", "opponents")),
    "calibration": KindSpec(
        calibration,
        {
            "slope_low": within_slope,
            "slope_high": within_slope,
            "ece_ceiling": within_share,
        },
        (),
        (),
    ),
    "high_value_recall": KindSpec(
        high_value_recall,
        {"bound": within_share},
        ("bound",),
        (),
    ),
    "high_value_share": KindSpec(high_value_share, {"share": within_share}, (), ()),
    "suspiciously_good": KindSpec(suspiciously_good, {"bound": within_metric}, (), ()),
    "beats_champion": KindSpec(
        beats_champion, {"margin": within_gain}, (), ("metric",)
    ),
    "leak_probes": KindSpec(
        leak_probes,
        dict.fromkeys(PROBES, within_share),
        ("moved_earlier",),
        (),
    ),
    "slices": KindSpec(
        slices,
        {"bound": within_metric, "min_rows": within_rows},
        (),
        ("metric",),
    ),
}
