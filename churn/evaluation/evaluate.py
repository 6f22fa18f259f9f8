"""From rows and probabilities to figures. Trains nothing, decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from churn.evaluation.asked import EVERYTHING, Asked
from churn.evaluation.contest import (
    CURVES,
    MODEL,
    Contest,
    Key,
    contest,
    expected_eur,
    kernels,
    whom,
)
from churn.evaluation.curves import curve, reliability
from churn.evaluation.definitions import define
from churn.evaluation.evidence import Evidence
from churn.evaluation.gains import auc_gain
from churn.evaluation.intervals import bootstrap_weights, centred, estimate
from churn.evaluation.intervals import measure as under_each_weighting
from churn.evaluation.metrics import AT_CONTACT_RATE, METRICS, RECALL_RATIO
from churn.evaluation.scorecard import Figures, Opponent, Scorecard, Slice
from churn.evaluation.slices import Group
from churn.evaluation.threads import one_thread
from churn.evaluation.weighting import Bools, Floats, ratio

UPWARD_BIASED = ("ece",)

Results = Mapping[str, Floats]
"""Figures of one subject: the rows' own value first, then the resamples'."""


@dataclass(frozen=True)
class Measured:
    """What was asked for, on the rows and on each resample; ``scorecard`` is of it."""

    contest: Contest
    results: Mapping[Key, Results]
    scorecard: Scorecard


def evaluate(
    evidence: Evidence, importance: Mapping[str, float], asked: Asked = EVERYTHING
) -> Measured:
    """Measure a model beside its rivals on the test rows.

    Parameters
    ----------
    importance : mapping of feature to drop in ROC-AUC
        Repeated on the scorecard.
    asked : Asked
        What is asked for costs time; figures that are not are absent.

    Returns
    -------
    Measured
        Gains are paired: model and rival are measured on the same resamples; the
        interval of a gain in ROC-AUC is DeLong's. Slices carry no MPC and EMPC, and
        no rivals.

    Raises
    ------
    NotEnoughDataError
        If there are no test rows.
    BundleError
        If probabilities are missing or outside [0, 1].
    """
    with one_thread():
        found = contest(evidence, asked)
        results = _measure(found, evidence, asked)
        card = _scorecard(found, results, evidence, asked, importance)
    return Measured(found, results, card)


def _measure(
    contest: Contest, evidence: Evidence, asked: Asked
) -> dict[Key, dict[str, Floats]]:
    """Every figure of every subject; the last axis: the rows, then each resample."""
    rows, plan = contest.rows, evidence.plan
    blocks = bootstrap_weights(rows.customer, resamples=plan.resamples, seed=plan.seed)
    as_they_are = np.ones((rows.n_rows, 1))
    return under_each_weighting(
        kernels(contest, asked),
        chain([as_they_are], blocks if asked.resampled else islice(blocks, 0)),
    )


def _scorecard(
    contest: Contest,
    results: Mapping[Key, Results],
    evidence: Evidence,
    asked: Asked,
    importance: Mapping[str, float],
) -> Scorecard:
    rows, model = contest.rows, contest.model
    dates: Any = evidence.rows["snapshot_date"]
    curves = results[CURVES] if asked.by_people else {}
    return Scorecard(
        n_rows=rows.n_rows,
        n_customers=int(rows.customer.max()) + 1,
        n_churners=int(rows.is_churn.sum()),
        first_snapshot=dates.min(),
        last_snapshot=dates.max(),
        figures=_figures(results[MODEL], _counts(contest, model, _all(contest))),
        opponents={
            name: _opponent(name, contest, results, evidence.descriptions[name])
            for name in contest.rivals
        },
        slices=tuple(_slice(group, contest, results) for group in contest.groups),
        reliability=reliability(rows.is_churn, model) if asked.by_people else (),
        lift=curve(model, curves["lift"]) if curves else (),
        profit=curve(expected_eur(rows, model), curves["profit"]) if curves else (),
        importance=dict(importance),
        leaks=evidence.observations.leaks,
        definitions=define(rows, evidence.plan, contest.too_small)
        if asked.by_people
        else {},
        champion_version=evidence.champion_version,
        champion_is_same_bundle=evidence.champion_is_same_bundle,
    )


def _all(contest: Contest) -> Bools:
    return np.ones(contest.rows.n_rows, dtype=np.bool_)


def _counts(contest: Contest, probability: Floats, chosen: Bools) -> dict[str, int]:
    """How many of the chosen rows each figure rests on; all, where none is named."""
    rows = contest.rows
    churners = rows.is_churn & chosen
    of_high_value = int((churners & rows.is_high_value).sum())
    return {
        "": int(chosen.sum()),
        "precision": int((whom(rows, probability) & chosen).sum()),
        "recall": int(churners.sum()),
        "high_value_recall": of_high_value,
        AT_CONTACT_RATE: of_high_value,
        RECALL_RATIO: of_high_value,
    }


def _figures(results: Results, counts: Mapping[str, int]) -> Figures:
    figures = {}
    for name, drawn in results.items():
        value, draws = float(drawn[0]), drawn[1:]
        if name in UPWARD_BIASED:
            draws = centred(draws, value)
        figures[name] = estimate(value, draws, counts.get(name, counts[""]))
    return figures


def _opponent(
    name: str, contest: Contest, results: Mapping[Key, Results], description: str
) -> Opponent:
    model, rival = results[MODEL], dict(results["rival", name])
    gains = {
        metric: METRICS[metric].gain(model[metric], rival[metric])
        for metric in model
        if metric in rival and METRICS[metric].better != "neither"
    }
    if AT_CONTACT_RATE in rival:
        reached = model["high_value_recall"]
        gains[AT_CONTACT_RATE] = reached - rival[AT_CONTACT_RATE]
        rival[RECALL_RATIO] = ratio(reached, rival[AT_CONTACT_RATE])
    probability = contest.rivals[name]
    n_rows = contest.rows.n_rows
    found = {m: estimate(float(g[0]), g[1:], n_rows) for m, g in gains.items()}
    if "roc_auc" in found:
        found["roc_auc"] = auc_gain(contest.rows, contest.model, probability)
    return Opponent(
        name=name,
        description=description,
        figures=_figures(rival, _counts(contest, probability, _all(contest))),
        gains=found,
    )


def _slice(group: Group, contest: Contest, results: Mapping[Key, Results]) -> Slice:
    counts = _counts(contest, contest.model, group.rows)
    return Slice(
        name=group.slice_name,
        group=group.group,
        n_rows=counts[""],
        n_churners=counts["recall"],
        figures=_figures(results["slice", group.slice_name, group.group], counts),
    )
