"""What anybody could do without this project, fitted on the training rows alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from churn.errors import NotEnoughDataError
from churn.evaluation.weighting import Bools, Floats
from churn.features.declarations import Feature

Predict = Callable[[pl.DataFrame], Floats]

MAX_THRESHOLDS = 64
MISSING = "(missing)"


class Baseline(NamedTuple):
    """A named, explained way to give each row of a frame a probability."""

    name: str
    description: str
    predict: Predict


@dataclass(frozen=True)
class Rule:
    """One question about one feature and the churn rate behind either answer."""

    words: str
    applies: Callable[[pl.DataFrame], Bools]


def fit_baselines(train: pl.DataFrame, features: Sequence[Feature]) -> list[Baseline]:
    """Fit the majority, the best single rule and plain logistic regression.

    Parameters
    ----------
    train : polars.DataFrame
        Training snapshots; nothing else may be in reach of a fit.

    Raises
    ------
    NotEnoughDataError
        If the training rows hold only one class.
    """
    is_churn = train["is_churn"].to_numpy()
    if not 0 < is_churn.sum() < is_churn.size:
        raise NotEnoughDataError(
            f"baselines need churners and others to train on; found "
            f"{is_churn.sum()} churners in {is_churn.size} rows; widen the "
            f"training window"
        )
    return [
        _majority(is_churn),
        _best_rule(train, is_churn, features),
        _logistic(train, is_churn, features),
    ]


def _majority(is_churn: Bools) -> Baseline:
    rate = float(is_churn.mean())
    return Baseline(
        "majority",
        f"gives everybody the churn rate of the training rows, {rate:.1%}",
        lambda frame: np.full(frame.height, rate),
    )


def _best_rule(
    train: pl.DataFrame, is_churn: Bools, features: Sequence[Feature]
) -> Baseline:
    """The question whose two answers lower the training log loss most."""
    rules = [rule for feature in features for rule in _rules(train, feature)]
    if not rules:
        return Baseline("best_rule", "no feature varies", _majority(is_churn).predict)
    losses = [_loss(rule.applies(train), is_churn) for rule in rules]
    best = rules[int(np.argmin(losses))]
    applies = best.applies(train)
    inside, outside = _rate(is_churn[applies]), _rate(is_churn[~applies])
    return Baseline(
        "best_rule",
        f"if {best.words}: {inside:.1%}, otherwise {outside:.1%}",
        lambda frame: np.where(best.applies(frame), inside, outside),
    )


def _rules(train: pl.DataFrame, feature: Feature) -> Iterator[Rule]:
    name, column = feature.name, train[feature.name]
    if column.null_count():
        yield Rule(f"{name} is missing", lambda frame: frame[name].is_null().to_numpy())
    if feature.kind == "category":
        for level in column.drop_nulls().unique().sort().to_list():
            yield Rule(f"{name} is {level!r}", _is_level(name, level))
        return
    values = column.drop_nulls().cast(pl.Float64).unique().sort().to_numpy()
    # Quantiles of the distinct values: a pile of zeros must not take all of them.
    picks = np.linspace(0, values.size - 1, min(values.size, MAX_THRESHOLDS + 1))
    for limit in values[picks.astype(np.intp)][:-1]:
        yield Rule(f"{name} is at most {limit:g}", _is_at_most(name, float(limit)))


def _is_level(name: str, level: str) -> Callable[[pl.DataFrame], Bools]:
    return lambda frame: (frame[name] == level).fill_null(False).to_numpy()


def _is_at_most(name: str, limit: float) -> Callable[[pl.DataFrame], Bools]:
    return lambda frame: (
        (frame[name].cast(pl.Float64) <= limit).fill_null(False).to_numpy()
    )


def _rate(is_churn: Bools) -> float:
    """Churn rate with one row of either class added, so that none is 0 or 1."""
    return float((is_churn.sum() + 1) / (is_churn.size + 2))


def _loss(applies: Bools, is_churn: Bools) -> float:
    """Total log loss of giving each side of a rule its own rate, in nats."""
    loss = 0.0
    for side in (is_churn[applies], is_churn[~applies]):
        rate, churners = _rate(side), float(side.sum())
        loss -= churners * np.log(rate) + (side.size - churners) * np.log(1 - rate)
    return loss


def _logistic(
    train: pl.DataFrame, is_churn: Bools, features: Sequence[Feature]
) -> Baseline:
    design = _design(train, features)
    model = LogisticRegression(C=1.0, max_iter=2000).fit(design(train), is_churn)
    return Baseline(
        "logistic",
        "logistic regression (C=1) on scaled numbers, gaps filled with the median, "
        "and one-hot categories",
        lambda frame: model.predict_proba(design(frame))[:, 1],
    )


def _design(
    train: pl.DataFrame, features: Sequence[Feature]
) -> Callable[[pl.DataFrame], Floats]:
    """Fit scaling and encoding; what comes back turns any frame into a matrix."""
    parts = [
        _fit_block(train, _numbers(features), _scaling()),
        _fit_block(train, _categories(features), _encoding()),
    ]
    return lambda frame: np.hstack([part(frame) for part in parts])


def _fit_block(
    train: pl.DataFrame, columns: list[pl.Expr], transform: Pipeline
) -> Callable[[pl.DataFrame], Floats]:
    if not columns:
        return lambda frame: np.empty((frame.height, 0))
    transform.fit(train.select(columns).to_numpy())
    return lambda frame: transform.transform(frame.select(columns).to_numpy())


def _numbers(features: Sequence[Feature]) -> list[pl.Expr]:
    return [pl.col(f.name).cast(pl.Float64) for f in features if f.kind == "number"]


def _categories(features: Sequence[Feature]) -> list[pl.Expr]:
    names = [f.name for f in features if f.kind == "category"]
    return [pl.col(name).fill_null(MISSING) for name in names]


def _scaling() -> Pipeline:
    gaps = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(gaps, StandardScaler())


def _encoding() -> Pipeline:
    return make_pipeline(OneHotEncoder(handle_unknown="ignore", sparse_output=False))
