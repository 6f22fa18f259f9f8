"""The registry of check kinds: a name, the function, and what its YAML must say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from churn.evaluation.asked import Asked
from churn.evaluation.scorecard import PROBES, Scorecard
from churn.gates.absolute import (
    calibration,
    ceiling,
    floor,
    group_recall,
    high_value_recall,
    high_value_share,
    suspiciously_good,
)
from churn.gates.behaviour import behaviour
from churn.gates.champion import beats_champion, nowhere_worse
from churn.gates.check import Answer, Check, Finding
from churn.gates.comparisons import beats
from churn.gates.consent import human_approval, signature
from churn.gates.fairness import fairness_gap
from churn.gates.leaks import leak_probes
from churn.gates.needs import (
    nothing,
    of_best_rival,
    of_champion,
    of_groups,
    of_groups_with_champion,
    of_model,
    of_opponents,
    of_oracle,
)
from churn.gates.probes import schema, size, speed, stability
from churn.gates.ranges import (
    Range,
    within_error_rate,
    within_gain,
    within_loss,
    within_metric,
    within_metric_gap,
    within_money,
    within_ratio,
    within_rows,
    within_share,
    within_slope,
)
from churn.gates.slices import slices

Document = Mapping[str, Any]

STAGES = ("production",)
"""Whither people can be asked: to staging a run decides by itself."""

LOOKS = ("once", "many")
ANY_TEXT: tuple[str, ...] = ()


def every_key(_document: Document) -> tuple[str, ...]:
    """No number and no text is left out."""
    return ()


@dataclass(frozen=True)
class KindSpec:
    """How one kind is answered and written.

    Parameters
    ----------
    numbers : mapping of parameter to its possible range, given the metric's name
    optional : tuple of str
        Numbers whose named bound the data set may leave out.
    takes : tuple of str
        Which of ``metric``, ``metrics`` and ``opponents`` a check of this kind states.
    needs : callable
        Which figures a check reads, and whether by their intervals.
    texts : mapping of parameter to its choices
        None to choose from: any text.
    leaves_out : callable
        Which numbers and texts a check written so does not state.
    """

    answer: Answer
    numbers: Mapping[str, Range]
    optional: tuple[str, ...]
    takes: tuple[str, ...]
    needs: Callable[[Check], Asked] = nothing
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leaves_out: Callable[[Document], tuple[str, ...]] = every_key


def resamples(check: Check) -> bool:
    """Whether answering a check needs a bootstrap."""
    return KINDS[check.kind].needs(check).resampled


def of_figures(answer: Callable[[Check, Scorecard], Finding]) -> Answer:
    """An answer that reads nothing but figures."""
    return lambda check, case: answer(check, case.scorecard)


def _without_interval(document: Document) -> tuple[str, ...]:
    """A comparison by value has no error rate; only money that is bet on has a cap."""
    if document.get("by") == "value":
        return "looks", "error_rate", "most_eur"
    is_bet = document.get("looks") == "many"
    is_money = document.get("metric") == "net_value_per_1000_eur"
    return () if is_bet and is_money else ("most_eur",)


KINDS: Mapping[str, KindSpec] = {
    "floor": KindSpec(
        of_figures(floor), {"bound": within_metric}, (), ("metric",), of_model()
    ),
    "ceiling": KindSpec(
        of_figures(ceiling), {"bound": within_metric}, (), ("metric",), of_model()
    ),
    "beats": KindSpec(
        of_figures(beats),
        {"margin": within_gain},
        (),
        ("metric", "opponents"),
        of_opponents,
    ),
    "calibration": KindSpec(
        of_figures(calibration),
        {
            "slope_low": within_slope,
            "slope_high": within_slope,
            "ece_ceiling": within_share,
        },
        (),
        (),
        of_model("calibration_slope", "ece"),
    ),
    "high_value_recall": KindSpec(
        of_figures(high_value_recall),
        {"bound": within_share},
        ("bound",),
        (),
        of_model("high_value_recall"),
    ),
    "high_value_share": KindSpec(
        of_figures(high_value_share),
        {"share": within_share},
        (),
        (),
        of_best_rival,
    ),
    "group_recall": KindSpec(
        of_figures(group_recall),
        {"bound": within_share},
        ("bound",),
        (),
        of_groups("recall"),
        {"slice": ANY_TEXT, "group": ANY_TEXT},
    ),
    "suspiciously_good": KindSpec(
        of_figures(suspiciously_good), {"bound": within_metric}, (), (), of_oracle
    ),
    "beats_champion": KindSpec(
        beats_champion,
        {
            "margin": within_gain,
            "error_rate": within_error_rate,
            "most_eur": within_money,
        },
        (),
        ("metric",),
        of_champion,
        {"looks": LOOKS},
        _without_interval,
    ),
    "nowhere_worse": KindSpec(
        nowhere_worse,
        {
            "margin": within_loss,
            "error_rate": within_error_rate,
            "min_rows": within_rows,
        },
        (),
        ("metrics",),
        of_groups_with_champion,
    ),
    "fairness_gap": KindSpec(
        fairness_gap,
        {"bound": within_metric_gap, "min_rows": within_rows},
        ("bound",),
        ("metric",),
        of_groups(None),
        {"slice": ANY_TEXT},
    ),
    "leak_probes": KindSpec(
        of_figures(leak_probes),
        dict.fromkeys(PROBES, within_share),
        ("moved_earlier",),
        (),
    ),
    "slices": KindSpec(
        of_figures(slices),
        {"bound": within_metric, "min_rows": within_rows},
        (),
        ("metric",),
        of_groups(None),
    ),
    "behaviour": KindSpec(
        behaviour, {"tolerance": within_share, "ceiling": within_share}, (), ()
    ),
    "stability": KindSpec(stability, {"bound": within_share}, (), ()),
    "speed": KindSpec(speed, {"ceiling": within_ratio}, (), ()),
    "size": KindSpec(size, {"ceiling": within_ratio}, (), ()),
    "schema": KindSpec(schema, {}, (), ()),
    "human_approval": KindSpec(
        human_approval, {"approvers": within_rows}, (), (), nothing, {"stage": STAGES}
    ),
    "signature": KindSpec(signature, {}, (), ()),
}
