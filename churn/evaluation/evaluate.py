"""From test rows and probabilities to a scorecard. Trains nothing, decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import polars as pl

from churn.evaluation.calibration import calibration_line, errors_of_probability
from churn.evaluation.curves import curve, lift_and_profit, reliability
from churn.evaluation.decisions import decisions
from churn.evaluation.definitions import EvaluationPlan, define
from churn.evaluation.intervals import bootstrap_weights, centred, estimate, measure
from churn.evaluation.metrics import AT_CONTACT_RATE, METRICS, RECALL_RATIO
from churn.evaluation.profit import profits
from churn.evaluation.ranking import ranking, recall_at_budget
from churn.evaluation.rivals import Competitor, Rivals, parse_rivals
from churn.evaluation.rows import Rows, parse_probability, parse_rows
from churn.evaluation.scorecard import (
    NOT_PROBED,
    Figures,
    Opponent,
    Scorecard,
    Slice,
)
from churn.evaluation.slices import Group, find_groups
from churn.evaluation.weighting import Bools, Floats, Kernel, among, ratio, together
from churn.scoring.decision import Economics, contact, expected_net_value

Key = tuple[str, ...]
MODEL: Key = ("model",)
CURVES: Key = ("curves",)
UPWARD_BIASED = ("ece",)

Results = Mapping[str, Floats]
"""Figures of one subject: the rows' own value first, then the resamples'."""


@dataclass(frozen=True)
class _Contest:
    """Everything that is measured on the test rows."""

    rows: Rows
    model: Floats
    rivals: Mapping[str, Competitor]
    groups: tuple[Group, ...]


def evaluate(
    test: pl.DataFrame,
    probability: Floats,
    rivals: Rivals,
    *,
    economics: Economics,
    importance: Mapping[str, float],
    plan: EvaluationPlan,
) -> Scorecard:
    """Measure a model beside its rivals on the test rows, each figure with an interval.

    Parameters
    ----------
    test : polars.DataFrame of n_rows rows
        Snapshots with ``customer_id``, ``snapshot_date``, ``customer_value`` (EUR per
        year), ``is_churn`` and any ``slice__<name>`` columns.
    probability : ndarray of shape (n_rows,), float in [0, 1]
        The bundle's probabilities of these rows, in this order.

    Returns
    -------
    Scorecard
        Gains are paired: model and rival are measured on the same resamples.
        Slices carry no MPC and EMPC, and no rivals.

    Raises
    ------
    NotEnoughDataError
        If there are no test rows.
    BundleError
        If probabilities are missing or outside [0, 1].
    """
    rows = parse_rows(test, economics, high_value_quantile=plan.high_value_quantile)
    model = parse_probability("the model", probability, rows)
    groups, too_small = find_groups(test, min_rows=plan.slice_min_rows)
    contest = _Contest(rows, model, parse_rivals(rivals, rows), groups)
    results = _measure(contest, plan)
    champion = rivals.champion
    return Scorecard(
        n_rows=rows.n_rows,
        n_customers=int(rows.customer.max()) + 1,
        n_churners=int(rows.is_churn.sum()),
        first_snapshot=min(test["snapshot_date"].to_list()),
        last_snapshot=max(test["snapshot_date"].to_list()),
        figures=_figures(results[MODEL], _counts(rows, model, _all(rows)), rows.n_rows),
        opponents={n: _opponent(n, contest, results) for n in contest.rivals},
        slices=tuple(_slice(group, contest, results) for group in groups),
        reliability=reliability(rows.is_churn, model),
        lift=curve(model, results[CURVES]["lift"]),
        profit=curve(_expected_eur(rows, model), results[CURVES]["profit"]),
        importance=dict(importance),
        leaks=NOT_PROBED,
        definitions=define(rows, plan, too_small),
        champion_version=champion.version if champion else None,
        champion_is_same_bundle=champion is not None and champion.is_same_bundle,
    )


def _measure(contest: _Contest, plan: EvaluationPlan) -> dict[Key, dict[str, Floats]]:
    """Every figure of every subject; the last axis: the rows, then each resample."""
    rows, kernels = contest.rows, _kernels(contest)
    blocks = bootstrap_weights(rows.customer, resamples=plan.resamples, seed=plan.seed)
    as_they_are = np.ones((rows.n_rows, 1))
    return measure(kernels, chain([as_they_are], blocks))


def _kernels(contest: _Contest) -> dict[Key, Kernel]:
    rows, model = contest.rows, contest.model
    everyone = _all(rows)
    kernels: dict[Key, Kernel] = {
        MODEL: together([_on(everyone, rows, model), _profits(rows, model)]),
        CURVES: lift_and_profit(
            rows.is_churn, model, _expected_eur(rows, model), rows.net_value_eur
        ),
    }
    for name, rival in contest.rivals.items():
        kernels["rival", name] = together(
            [
                _on(everyone, rows, rival.probability),
                _profits(rows, rival.probability),
                _at_contact_rate(rows, model, rival.probability),
            ]
        )
    for group in contest.groups:
        kernels["slice", group.slice_name, group.group] = _on(group.rows, rows, model)
    return kernels


def _on(chosen: Bools, rows: Rows, probability: Floats) -> Kernel:
    """All figures but the profits, on some of the rows."""
    is_churn, mine = rows.is_churn[chosen], probability[chosen]
    decision = decisions(
        is_churn,
        _contacted(rows, probability)[chosen],
        rows.net_value_eur[chosen],
        rows.is_high_value[chosen],
    )
    kernels = [
        ranking(is_churn, mine),
        errors_of_probability(is_churn, mine),
        calibration_line(is_churn, mine),
        decision,
    ]
    return among(chosen, together(kernels))


def _profits(rows: Rows, probability: Floats) -> Kernel:
    mean_value = float(rows.customer_value.mean())
    return profits(rows.is_churn, probability, mean_value, rows.economics)


def _at_contact_rate(rows: Rows, model: Floats, rival: Floats) -> Kernel:
    """High-value recall of a rival that contacts as many of them as the model."""
    high = rows.is_high_value
    contacted = _contacted(rows, model)
    return among(
        high, recall_at_budget(rows.is_churn[high], rival[high], contacted[high])
    )


def _all(rows: Rows) -> Bools:
    return np.ones(rows.n_rows, dtype=np.bool_)


def _contacted(rows: Rows, probability: Floats) -> Bools:
    return contact(probability, rows.customer_value, rows.economics)


def _expected_eur(rows: Rows, probability: Floats) -> Floats:
    return expected_net_value(probability, rows.customer_value, rows.economics)


def _counts(rows: Rows, probability: Floats, chosen: Bools) -> dict[str, int]:
    """How many of the chosen rows those figures rest on that do not rest on all."""
    churners = rows.is_churn & chosen
    return {
        "precision": int((_contacted(rows, probability) & chosen).sum()),
        "recall": int(churners.sum()),
        "high_value_recall": int((churners & rows.is_high_value).sum()),
        AT_CONTACT_RATE: int((churners & rows.is_high_value).sum()),
        RECALL_RATIO: int((churners & rows.is_high_value).sum()),
    }


def _figures(results: Results, counts: Mapping[str, int], n_rows: int) -> Figures:
    figures = {}
    for name, (value, *drawn) in results.items():
        draws = np.array(drawn)
        if name in UPWARD_BIASED:
            draws = centred(draws, value)
        figures[name] = estimate(float(value), draws, counts.get(name, n_rows))
    return figures


def _opponent(name: str, contest: _Contest, results: Mapping[Key, Results]) -> Opponent:
    model, rival = results[MODEL], dict(results["rival", name])
    reached = model["high_value_recall"]
    rival[RECALL_RATIO] = ratio(reached, rival[AT_CONTACT_RATE])
    gains = {
        metric: METRICS[metric].gain(model[metric], rival[metric])
        for metric in model
        if METRICS[metric].better != "neither"
    }
    gains[AT_CONTACT_RATE] = reached - rival[AT_CONTACT_RATE]
    competitor, n_rows = contest.rivals[name], contest.rows.n_rows
    return Opponent(
        name=name,
        description=competitor.description,
        figures=_figures(
            rival,
            _counts(contest.rows, competitor.probability, _all(contest.rows)),
            n_rows,
        ),
        gains=_figures(gains, {}, n_rows),
    )


def _slice(group: Group, contest: _Contest, results: Mapping[Key, Results]) -> Slice:
    rows, chosen = contest.rows, group.rows
    counts = _counts(rows, contest.model, chosen)
    n_rows = int(chosen.sum())
    return Slice(
        name=group.slice_name,
        group=group.group,
        n_rows=n_rows,
        n_churners=counts["recall"],
        figures=_figures(
            results["slice", group.slice_name, group.group], counts, n_rows
        ),
    )
