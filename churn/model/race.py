"""One kind of model against itself: trials of parameters over prepared folds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import optuna
import polars as pl

from churn.features.declarations import Feature
from churn.model.candidates import Labels, Matrix, fit_learner, learner, preparation
from churn.model.columns import churned, to_table
from churn.model.folds import Fold
from churn.model.plan import ModelPlan
from churn.model.selection import Floats, row_losses
from churn.model.spaces import Knob, Params, Space, space


@dataclass(frozen=True)
class TrialRecord:
    """One set of parameters as tried; ``log_loss`` covers the folds it lived through.

    ``pruned``: given up after a fold because others were ahead by then.
    """

    kind: str
    number: int
    params: Params
    log_loss: float
    pruned: bool
    seconds: float


@dataclass(frozen=True)
class Observer:
    """Who watches a search: a monotonic clock in seconds, told of each trial."""

    clock: Callable[[], float]
    on_trial: Callable[[TrialRecord], None]


@dataclass(frozen=True)
class PreparedFold:
    """A fold as matrices: preparation has nothing to search, so it is done once."""

    train: Matrix
    train_labels: Labels
    validate: Matrix
    validate_labels: Labels


@dataclass
class Race:
    """The trials of one kind; keeps the row losses of the best so far."""

    kind: str
    folds: Sequence[PreparedFold]
    plan: ModelPlan
    observer: Observer
    n_trials: int = 0
    best_params: Params = field(default_factory=dict)
    best_losses: Floats = field(default_factory=lambda: np.array([np.inf]))

    def run(self, *, trials: int, deadline: float) -> bool:
        """Try up to ``trials`` sets, at least one; whether time let all be tried."""
        study = _study(self.kind, self.plan.seed)
        for _ in range(min(trials, space(self.kind).max_trials)):
            if self.n_trials and self.observer.clock() >= deadline:
                return False
            self._try(study)
        return True

    def _try(self, study: optuna.Study) -> None:
        started = self.observer.clock()
        trial = study.ask()
        params = _suggested(trial, space(self.kind))
        losses, pruned = self._out_of_fold(trial, params)
        mean = float(losses.mean())
        if pruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, mean)
            self._keep(params, losses)
        self.n_trials += 1
        took = self.observer.clock() - started
        record = TrialRecord(self.kind, trial.number, params, mean, pruned, took)
        self.observer.on_trial(record)

    def _out_of_fold(self, trial: optuna.Trial, params: Params) -> tuple[Floats, bool]:
        losses = np.empty(0)
        for step, fold in enumerate(self.folds, start=1):
            losses = np.append(losses, _fold_losses(self.kind, params, fold, self.plan))
            trial.report(float(losses.mean()), step)
            if self.n_trials and step < len(self.folds) and trial.should_prune():
                return losses, True
        return losses, False

    def _keep(self, params: Params, losses: Floats) -> None:
        if losses.mean() < self.best_losses.mean():
            self.best_params, self.best_losses = params, losses


def prepare_fold(
    kind: str, rows: pl.DataFrame, fold: Fold, features: Sequence[Feature]
) -> PreparedFold:
    """Both sides of a fold as matrices; all is fitted on the learning side."""
    train, validate = rows[fold.train], rows[fold.validate]
    fitted = preparation(kind, features).fit(to_table(train, features))
    return PreparedFold(
        fitted.transform(to_table(train, features)),
        churned(train),
        fitted.transform(to_table(validate, features)),
        churned(validate),
    )


def _fold_losses(
    kind: str, params: Params, fold: PreparedFold, plan: ModelPlan
) -> Floats:
    model = learner(kind, params, plan)
    fit_learner(model, fold.train, fold.train_labels, plan)
    probability = model.predict_proba(fold.validate)[:, 1].astype(np.float64)
    return row_losses(fold.validate_labels, probability)


def _study(kind: str, seed: int) -> optuna.Study:
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(
            sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=8),
            pruner=optuna.pruners.PercentilePruner(40.0, n_startup_trials=3),
        )
    finally:
        optuna.logging.set_verbosity(level)
    for start in space(kind).starts:
        study.enqueue_trial(start)
    return study


def _suggested(trial: optuna.Trial, of: Space) -> Params:
    return {name: _suggest(trial, name, knob) for name, knob in of.knobs.items()}


def _suggest(trial: optuna.Trial, name: str, knob: Knob) -> float | int:
    if knob.integer:
        return trial.suggest_int(name, int(knob.low), int(knob.high), log=knob.log)
    return trial.suggest_float(name, knob.low, knob.high, log=knob.log)
