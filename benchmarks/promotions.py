"""How often policies, as they ship, promote in a scenario."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.looks import first_approval, quick
from benchmarks.scenarios import Scenario
from benchmarks.simulated_evidence import Business, day_by_day, simulated
from churn.evaluation.definitions import EvaluationPlan
from churn.gates.policy import Policy, bounds_named_in, parse_policy
from churn.scoring.decision import Economics

CONFIGS = Path(__file__).parents[1] / "configs"
SEED = 20240101
RESAMPLES = 100
"""A quarter of what a training run draws: thousands of decisions are to end today."""

Tally = Counter[tuple[str, bool]]
"""How often a policy promoted, by its name and whether all its checks were asked."""


def business(churn_rate: float) -> Business:
    """The embedded data set's economics, and a champion that is worth its place.

    Values are such that it reaches the recall among customers of high value that one
    of the presets asks for.
    """
    plan = EvaluationPlan(**_read("pipelines/training")["evaluation"])
    return Business(
        churn_rate=churn_rate,
        correlation=0.9,
        champion_auc=0.85,
        logistic_auc=0.82,
        best_rule_auc=0.65,
        median_value_eur=500,
        value_spread=0.8,
        economics=Economics(**_read("datasets/subscriptions")["economics"]),
        plan=replace(plan, resamples=RESAMPLES),
    )


@cache
def shipped(name: str) -> Policy:
    """A policy as it ships, with the embedded data set's bounds."""
    document = _read(f"policies/{name}")
    named = bounds_named_in(document)
    bounds = _read("datasets/subscriptions")["bounds"]
    return parse_policy(document, {n: b for n, b in bounds.items() if n in named})


def tally(scenario: Scenario, numbers: Iterable[int]) -> Tally:
    """Run simulations by their numbers, which are their seeds."""
    promoted: Tally = Counter()
    simulated_business = business(scenario.churn_rate)
    for number in numbers:
        evidence = simulated(
            simulated_business,
            np.random.default_rng([SEED, number]),
            gain=scenario.gain,
            rows_a_day=scenario.rows_a_day,
            n_days=scenario.n_days,
        )
        looks = day_by_day(evidence, rows_a_day=scenario.rows_a_day)
        for name, n_simulations in scenario.n_simulations.items():
            if number >= n_simulations:
                continue
            look = first_approval(quick(shipped(name)), looks)
            promoted[name, False] += look is not None
            if look is not None and number < scenario.n_whole:
                whole = first_approval(shipped(name), looks, start=look)
                promoted[name, True] += whole is not None
    return promoted


def _read(name: str) -> Mapping[str, Any]:
    text = (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document
