"""Compare kinds of model and their parameters on the training window alone.

Log loss decides. Knows nothing of trackers and has no clock: each finished trial
goes to an observer, and the time comes from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from churn.errors import ConfigError
from churn.features.declarations import Feature
from churn.model.folds import Fold, folds_within, sampled_by_customer
from churn.model.plan import NO_SEARCH, ModelPlan, SearchPlan
from churn.model.race import Observer, PreparedFold, Race, prepare_fold
from churn.model.selection import Gap, gaps_to_best, simplest_within_one_error
from churn.model.spaces import KINDS, LOGISTIC, Params, space


@dataclass(frozen=True)
class Candidate:
    """The best a kind reached on the out-of-fold rows.

    ``gap`` is the mean log loss above the best candidate's, ``gap_se`` the standard
    error of that paired difference, clustered by customer.
    """

    kind: str
    params: Params
    log_loss: float
    gap: float
    gap_se: float
    n_trials: int


@dataclass(frozen=True)
class SearchResult:
    """What was compared, what won and why.

    ``scheme`` is ``temporal`` or ``customers``, or ``none`` where the configuration
    fixed the kind; ``reproducible`` is false when a time limit cut the search.
    """

    kind: str
    params: Params
    candidates: tuple[Candidate, ...]
    scheme: str
    folds: int
    n_rows: int
    reproducible: bool
    why: str


def search(
    train: pl.DataFrame,
    features: Sequence[Feature],
    model: ModelPlan,
    plan: SearchPlan | None,
    *,
    maturity_days: int,
    observer: Observer,
) -> SearchResult:
    """Find the kind and parameters to fit on all training rows.

    Parameters
    ----------
    train : DataFrame
        Snapshots of the training window only.
    model : ModelPlan
        Where it fixes the kind, nothing is tried.
    plan : SearchPlan or None
        None only where the kind is fixed.
    maturity_days : int
        Lead time plus horizon, so that no fold learns from labels of its future.
    observer : Observer
        By its clock each kind gets an equal share of ``max_seconds`` and, whatever
        the time, one trial.

    Returns
    -------
    SearchResult

    Raises
    ------
    ConfigError
        If neither a kind nor a plan is given.
    NotEnoughDataError
        If a fold lacks churners or loyal customers.
    """
    if model.kind is not None:
        return _fixed(model.kind, model.params or {})
    if plan is None:
        raise ConfigError(NO_SEARCH)
    rows = sampled_by_customer(train, max_rows=plan.max_rows, seed=model.seed)
    scheme, folds = folds_within(
        rows, maturity_days=maturity_days, folds=plan.folds, seed=model.seed
    )
    started = observer.clock()
    prepared = _prepared(plan.kinds, rows, folds, features)
    races = [Race(kind, prepared[kind], model, observer) for kind in plan.kinds]
    share = plan.max_seconds / len(races)
    complete = [
        race.run(trials=plan.trials, deadline=started + share * place)
        for place, race in enumerate(races, start=1)
    ]
    judged = rows[np.concatenate([fold.validate for fold in folds])]
    gaps = _gaps(races, judged)
    chosen = simplest_within_one_error(gaps)
    return SearchResult(
        kind=chosen,
        params=next(race.best_params for race in races if race.kind == chosen),
        candidates=tuple(_candidate(race, gaps[race.kind]) for race in races),
        scheme=scheme,
        folds=len(folds),
        n_rows=rows.height,
        reproducible=all(complete),
        why=_reason(chosen, gaps),
    )


def _fixed(kind: str, params: Params) -> SearchResult:
    return SearchResult(
        kind=kind,
        params=space(kind).defaults | params,
        candidates=(),
        scheme="none",
        folds=0,
        n_rows=0,
        reproducible=True,
        why=f"{kind} is fixed by the configuration",
    )


def _prepared(
    kinds: Sequence[str],
    rows: pl.DataFrame,
    folds: Sequence[Fold],
    features: Sequence[Feature],
) -> dict[str, list[PreparedFold]]:
    """Each kind's matrices; all trees share theirs."""
    made: dict[bool, list[PreparedFold]] = {}
    for kind in kinds:
        if (kind == LOGISTIC) not in made:
            made[kind == LOGISTIC] = [
                prepare_fold(kind, rows, fold, features) for fold in folds
            ]
    return {kind: made[kind == LOGISTIC] for kind in kinds}


def _gaps(races: Sequence[Race], judged: pl.DataFrame) -> dict[str, Gap]:
    customers = judged["customer_id"].rank("dense").to_numpy()
    return gaps_to_best({race.kind: race.best_losses for race in races}, customers)


def _candidate(race: Race, gap: Gap) -> Candidate:
    return Candidate(
        kind=race.kind,
        params=race.best_params,
        log_loss=float(race.best_losses.mean()),
        gap=gap.mean,
        gap_se=gap.standard_error,
        n_trials=race.n_trials,
    )


def _reason(chosen: str, gaps: Mapping[str, Gap]) -> str:
    best = min(gaps, key=lambda kind: gaps[kind].mean)
    if len(gaps) == 1:
        return f"{chosen} was the only candidate"
    if chosen == best == min(gaps, key=KINDS.index):
        return f"{chosen} has the lowest log loss and is the simplest"
    if chosen == best:
        return f"{chosen} has the lowest log loss and nothing simpler comes near"
    gap = gaps[chosen]
    return (
        f"{chosen} is simpler than {best} and its log loss is only {gap.mean:.4f} "
        f"higher, within one standard error ({gap.standard_error:.4f})"
    )
