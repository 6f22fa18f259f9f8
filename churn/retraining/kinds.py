"""The kinds of rule that may ask for a retraining, and how each answers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from churn.evaluation.scorecard import Estimate
from churn.gates.check import words
from churn.retraining.decision import Case, Figure, RuleOutcome, RuleResult, Signs

METRICS = ("roc_auc", "recall", "precision", "f1", "accuracy", "net_value_per_1000_eur")
"""By labels; of each more is better."""

HARMFUL = ("estimated", "matured")
"""Kinds of alarm that say that the model is wrong, not its data."""

SHOWN = 3


@dataclass(frozen=True)
class Rule:
    """One rule as a trigger states it; ``features`` names some, or none for all."""

    name: str
    kind: str
    numbers: Mapping[str, float]
    texts: Mapping[str, str]
    features: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What a rule found."""

    outcome: RuleOutcome
    figure: float | None
    bound: float | None
    unit: str
    sentence: str


@dataclass(frozen=True)
class KindSpec:
    """How a kind answers, and what its rules must state.

    ``listens`` tells whether it asks monitoring, so that old signs leave it unknown.
    """

    answer: Callable[[Rule, Case], Found]
    listens: bool
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    takes_features: bool = False


def days_between(case: Case, since: Literal["trained", "last_training"]) -> int:
    """Whole days, by the calendar, from a training to the decision; not negative."""
    moment = {"trained": case.trained, "last_training": case.last_training}[since]
    return max(0, (case.moment.date() - moment.date()).days)


def answer(rule: Rule, case: Case, *, most_health_age_days: int) -> RuleResult:
    """Ask one rule.

    Parameters
    ----------
    most_health_age_days : int
        What monitoring said longer ago leaves rules that ask it unknown.
    """
    spec = KINDS[rule.kind]
    why = silence(case, most_health_age_days) if spec.listens else None
    found = _unknown(why) if why else spec.answer(rule, case)
    return RuleResult(
        rule.name,
        rule.kind,
        found.outcome,
        None if found.figure is None else float(found.figure),
        found.bound,
        found.unit,
        found.sentence,
    )


def silence(case: Case, most_health_age_days: int) -> str | None:
    """Why nothing that monitoring said counts now; None where it does."""
    signs = case.signs
    if signs is None:
        return "monitoring has not spoken yet; `--pipeline monitoring` makes it"
    if signs.version != case.champion:
        return (
            f"monitoring last spoke of version {signs.version}, and live is version "
            f"{case.champion}; `--pipeline monitoring` looks at that one"
        )
    age = (case.moment.date() - signs.as_of).days
    if age > most_health_age_days:
        return (
            f"monitoring last spoke {age} days ago, of {signs.as_of}, and what is "
            f"older than {most_health_age_days} days does not count"
        )
    return None


def _age(rule: Rule, case: Case) -> Found:
    days, bound = days_between(case, "trained"), rule.numbers["least_days"]
    sentence = (
        f"version {case.champion} was trained on what was known {days} days ago; "
        f"due after {bound:g}"
    )
    outcome: RuleOutcome = "fires" if days >= bound else "quiet"
    return Found(outcome, days, bound, "days", sentence)


def _harm(_rule: Rule, case: Case) -> Found:
    alarms = [a for a in _signs(case).alarms if a.kind in HARMFUL]
    told = "; ".join(alarm.sentence for alarm in alarms[:SHOWN])
    return Found(
        "fires" if alarms else "quiet",
        len(alarms),
        0.0,
        "alarms",
        told or "no alarm of harm stands",
    )


def _metric_drop(rule: Rule, case: Case) -> Found:
    """Fires when the loss lies above the bound: itself, or between both intervals."""
    metric, bound = rule.texts["metric"], rule.numbers["bound"]
    signs = _signs(case)
    figure = signs.measured.get(metric)
    drop = None if figure is None else _drop(figure)
    if figure is None or figure.reference is None or drop is None:
        return _unknown(f"{metric} has no value to compare on {signs.labels}", bound)
    sure = drop if rule.texts["by"] == "value" else _sure_drop(figure)
    sentence = (
        f"{metric} is {words(figure.found)} on {signs.labels} and was "
        f"{words(figure.reference)}: {drop:.4g} less; due above {bound:g} by the "
        f"{rule.texts['by']}"
    )
    outcome: RuleOutcome = "fires" if sure > bound else "quiet"
    return Found(outcome, drop, bound, metric, sentence)


def _drop(figure: Figure) -> float | None:
    before = figure.reference.value if figure.reference else None
    current = figure.found.value
    return None if before is None or current is None else before - current


def _sure_drop(figure: Figure) -> float:
    """What lies between both intervals: the reference has an error too.

    Without an interval nothing is sure.
    """
    before = figure.reference.low if figure.reference else None
    current = figure.found.high
    return -math.inf if before is None or current is None else before - current


def _metric_floor(rule: Rule, case: Case) -> Found:
    metric, bound = rule.texts["metric"], rule.numbers["bound"]
    signs = _signs(case)
    figure = signs.measured.get(metric)
    if figure is None or figure.found.value is None:
        return _unknown(f"{metric} has no value on {signs.labels}", bound)
    found = figure.found
    outcome: RuleOutcome = "fires" if _below(found, bound, rule) else "quiet"
    sentence = (
        f"{metric} is {words(found)} on {signs.labels}; due below {bound:g} by the "
        f"{rule.texts['by']}"
    )
    return Found(outcome, found.value, bound, metric, sentence)


def _below(found: Estimate, bound: float, rule: Rule) -> bool:
    end = found.value if rule.texts["by"] == "value" else found.high
    return end is not None and end < bound


def _drift(rule: Rule, case: Case) -> Found:
    """Fires when enough features are over the bound (a p-value: under it)."""
    drift, statistic = _signs(case).drift, rule.texts["statistic"]
    bound, least = rule.numbers["bound"], rule.numbers["least_features"]
    asked = rule.features or tuple(drift)
    figures = {
        name: value
        for name in asked
        if name in drift and (value := getattr(drift[name], statistic)) is not None
    }
    if not figures:
        return _unknown(f"{statistic} has no value for any feature asked about", bound)
    is_p = statistic == "ks_p"
    order = sorted(
        figures, key=lambda name: (figures[name] * (1 if is_p else -1), name)
    )
    over = [n for n in order if (figures[n] < bound if is_p else figures[n] > bound)]
    shown = ", ".join(f"{name} {figures[name]:.3g}" for name in order[:SHOWN])
    sentence = (
        f"{statistic} is {'below' if is_p else 'above'} {bound:g} for {len(over)} of "
        f"{len(figures)} features, due from {least:g}; most: {shown}"
    )
    outcome: RuleOutcome = "fires" if len(over) >= least else "quiet"
    return Found(outcome, figures[order[0]], bound, statistic, sentence)


def _signs(case: Case) -> Signs:
    """What monitoring said; ``silence`` was asked before."""
    assert case.signs is not None  # noqa: S101
    return case.signs


def _unknown(why: str, bound: float | None = None) -> Found:
    return Found("unknown", None, bound, "", why)


BY = ("value", "interval")
KINDS: Mapping[str, KindSpec] = {
    "age": KindSpec(_age, listens=False, numbers={"least_days": (1, math.inf)}),
    "harm": KindSpec(_harm, listens=True),
    "metric_drop": KindSpec(
        _metric_drop,
        listens=True,
        numbers={"bound": (0, math.inf)},
        texts={"metric": METRICS, "by": BY},
    ),
    "metric_floor": KindSpec(
        _metric_floor,
        listens=True,
        numbers={"bound": (-math.inf, math.inf)},
        texts={"metric": METRICS, "by": BY},
    ),
    "drift": KindSpec(
        _drift,
        listens=True,
        numbers={"bound": (0, math.inf), "least_features": (1, math.inf)},
        texts={"statistic": ("psi", "ks_p")},
        takes_features=True,
    ),
}
