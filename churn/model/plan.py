"""What a configuration says about learning, checked when it is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from churn.errors import ConfigError
from churn.model.spaces import KINDS, Knob, space
from churn.naming import suggestion
from churn.ranges import at_least, within

Imbalance = Literal["none", "class_weight", "smote"]
METHODS = ("none", "sigmoid", "isotonic")
"""Ways to calibrate, simplest first."""

LARGEST_SEED = 2**32 - 1
"""What NumPy's older generators take, on which the learners rest."""

NO_SEARCH = "search is missing: give search, or fix model.kind"


@dataclass(frozen=True)
class ModelPlan:
    """What is learnt, and with which means.

    Parameters
    ----------
    kind : str or None
        One of ``spaces.KINDS``: no search. None: the search decides.
    params : dict or None
        Over the kind's own defaults; only together with ``kind``.
    imbalance : {"none", "class_weight", "smote"}
        Applied to training rows only.
    seed : int in [0, LARGEST_SEED]
    threads : int
        Part of what makes a training repeatable to the byte.
    """

    kind: str | None
    params: dict[str, float | int] | None
    imbalance: Imbalance
    seed: int
    threads: int

    def __post_init__(self) -> None:
        """Refuse what no learner knows."""
        _known("model.imbalance", self.imbalance, get_args(Imbalance))
        within("model.seed", self.seed, 0, LARGEST_SEED)
        at_least("model.threads", self.threads, 1)
        if self.kind is not None:
            _known("model.kind", self.kind, KINDS)
            check_params(self.kind, self.params or {})
        elif self.params:
            raise ConfigError(
                f"model.params {sorted(self.params)} need model.kind, found none; "
                f"set it to one of {', '.join(KINDS)}"
            )


@dataclass(frozen=True)
class SearchPlan:
    """How long and on how much data candidates are compared.

    Parameters
    ----------
    kinds : list of str
        Candidates, of ``spaces.KINDS``.
    trials : int
        Largest number per kind; a kind with little to set takes fewer.
    max_rows : int
        Rows compared on, sampled by customer.
    max_seconds : float
        Where this is hit, the result cannot be repeated and says so.
    folds : int
    """

    kinds: list[str]
    trials: int
    max_rows: int
    max_seconds: float
    folds: int

    def __post_init__(self) -> None:
        """Refuse an empty or unknown choice."""
        _chosen("search.kinds", self.kinds, KINDS)
        at_least("search.trials", self.trials, 1)
        at_least("search.max_rows", self.max_rows, 100)
        at_least("search.max_seconds", self.max_seconds, 0)
        at_least("search.folds", self.folds, 2)


@dataclass(frozen=True)
class CalibrationPlan:
    """Which calibrators compete, over how many folds of customers."""

    methods: list[str]
    folds: int

    def __post_init__(self) -> None:
        """Refuse an empty or unknown choice."""
        _chosen("calibration.methods", self.methods, METHODS)
        at_least("calibration.folds", self.folds, 2)


def check_params(kind: str, params: dict[str, float | int]) -> None:
    """Refuse a parameter the kind does not have, or a value out of its bounds.

    Raises
    ------
    ConfigError
    """
    knobs = space(kind).knobs
    for name, value in params.items():
        _known(f"model.params of {kind}", name, tuple(knobs))
        _fits(f"model.params.{name}", value, knobs[name])


def _chosen(key: str, found: list[str], valid: tuple[str, ...]) -> None:
    if not found or len(set(found)) != len(found):
        raise ConfigError(
            f"{key}: expected one or more of {', '.join(valid)}, each once, "
            f"found {found}"
        )
    for name in found:
        _known(key, name, valid)


def _known(key: str, found: str, valid: Iterable[str]) -> None:
    names = tuple(valid)
    if found in names:
        return
    hint = suggestion(found, names)
    raise ConfigError(f"{key}: expected a known name, found {found!r}; {hint}")


def _fits(key: str, found: float, knob: Knob) -> None:
    whole = isinstance(found, int) or not knob.integer
    if isinstance(found, bool) or not whole or not knob.least <= found <= knob.most:
        what = "a whole number" if knob.integer else "a number"
        raise ConfigError(
            f"{key}: expected {what} from {knob.least:g} to {knob.most:g}, "
            f"found {found}"
        )
