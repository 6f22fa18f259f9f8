"""Which kinds of model there are, what can be set, and where a search begins.

Plain data, so that a configuration is checked without importing any learner.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Params = dict[str, float | int]

LOGISTIC = "logistic_regression"
FOREST = "random_forest"
BOOSTING = "xgboost"

KINDS = (LOGISTIC, FOREST, BOOSTING)
"""Simplest first: the order in which equally good candidates are preferred."""


@dataclass(frozen=True)
class Knob:
    """One parameter of a kind.

    ``least`` and ``most`` bound what a configuration may say, ``low`` and
    ``high`` what a search tries.
    """

    least: float
    most: float
    low: float
    high: float
    integer: bool = False
    log: bool = False


@dataclass(frozen=True)
class Space:
    """All knobs of a kind and the values tried first, the best guess leading.

    ``max_trials`` stops a search where more trials stopped paying.
    """

    knobs: Mapping[str, Knob]
    starts: tuple[Params, ...]
    max_trials: int

    @property
    def defaults(self) -> Params:
        """A value for every knob."""
        return dict(self.starts[0])


_SPACES = {
    LOGISTIC: Space(
        knobs={"C": Knob(1e-6, 1e6, 0.003, 30.0, log=True)},
        starts=({"C": 1.0}, {"C": 0.1}, {"C": 0.02}, {"C": 10.0}),
        max_trials=4,
    ),
    FOREST: Space(
        knobs={
            "num_parallel_tree": Knob(1, 2000, 100, 100, integer=True),
            "max_depth": Knob(1, 16, 5, 11, integer=True),
            "min_child_weight": Knob(1, 1e6, 2, 50, log=True),
            "subsample": Knob(0.05, 1, 0.5, 0.8),
            "colsample_bynode": Knob(0.01, 1, 0.15, 0.7),
        },
        starts=(
            {
                "num_parallel_tree": 100,
                "max_depth": 8,
                "min_child_weight": 10.0,
                "subsample": 0.7,
                "colsample_bynode": 0.3,
            },
            {
                "num_parallel_tree": 100,
                "max_depth": 11,
                "min_child_weight": 2.0,
                "subsample": 0.7,
                "colsample_bynode": 0.5,
            },
        ),
        max_trials=6,
    ),
    BOOSTING: Space(
        knobs={
            "n_estimators": Knob(1, 5000, 60, 480, integer=True, log=True),
            "max_depth": Knob(1, 16, 2, 6, integer=True),
            "learning_rate": Knob(1e-4, 1, 0.02, 0.2, log=True),
            "min_child_weight": Knob(0, 1e6, 1, 30, log=True),
            "subsample": Knob(0.05, 1, 0.6, 1.0),
            "colsample_bytree": Knob(0.05, 1, 0.4, 1.0),
            "reg_lambda": Knob(0, 1e6, 0.3, 10, log=True),
        },
        starts=(
            {
                "n_estimators": 400,
                "max_depth": 2,
                "learning_rate": 0.03,
                "min_child_weight": 1.0,
                "subsample": 0.8,
                "colsample_bytree": 0.8,
                "reg_lambda": 1.0,
            },
            {
                "n_estimators": 250,
                "max_depth": 4,
                "learning_rate": 0.05,
                "min_child_weight": 5.0,
                "subsample": 0.8,
                "colsample_bytree": 0.7,
                "reg_lambda": 2.0,
            },
            {
                "n_estimators": 400,
                "max_depth": 6,
                "learning_rate": 0.08,
                "min_child_weight": 2.0,
                "subsample": 0.8,
                "colsample_bytree": 0.7,
                "reg_lambda": 2.0,
            },
        ),
        max_trials=1000,
    ),
}


def space(kind: str) -> Space:
    """The space of a kind named in ``KINDS``."""
    return _SPACES[kind]
