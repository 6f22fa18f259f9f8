"""Which figures somebody asks for. Measures nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from churn.evaluation.metrics import AT_CONTACT_RATE, RECALL_RATIO
from churn.evaluation.rivals import BASELINES, CHAMPION, ORACLE

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "ranking": ("roc_auc", "pr_auc", "top_decile_lift"),
    "errors": ("log_loss", "brier", "ece"),
    "line": ("calibration_slope", "calibration_intercept"),
    "decision": (
        "precision",
        "recall",
        "f1",
        "contact_rate",
        "high_value_recall",
        "net_value_per_1000_eur",
        "gain_over_contact_everybody_per_1000_eur",
    ),
    "profit": ("mpc_eur", "mpc_target_share", "empc_eur", "empc_target_share"),
    "at_contact_rate": (AT_CONTACT_RATE, RECALL_RATIO),
}
"""Figures that are computed together, in one pass over the rows."""

ALL = frozenset(FAMILIES)
NONE: frozenset[str] = frozenset()


def family(metric: str) -> str:
    """The family that a metric is measured with.

    Examples
    --------
    >>> family("brier")
    'errors'
    """
    return next(name for name, metrics in FAMILIES.items() if metric in metrics)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Families of figures by subject.

    Parameters
    ----------
    model, slices : set of str
        Names of ``FAMILIES``, of the model on all rows and on each group.
    rivals : mapping of rival to set of str
        One that is not there is passed over.
    resampled : bool
        Whether the figures need intervals.
    by_people : bool
        Whether curves and definitions are asked for, which no gate reads.
    """

    model: frozenset[str] = NONE
    slices: frozenset[str] = NONE
    rivals: Mapping[str, frozenset[str]] = field(default_factory=dict)
    resampled: bool = False
    by_people: bool = False


EVERYTHING = Asked(
    model=ALL - {"at_contact_rate"},
    slices=ALL - {"profit", "at_contact_rate"},
    rivals=dict.fromkeys((*BASELINES, CHAMPION, ORACLE), ALL),
    resampled=True,
    by_people=True,
)


def together(asked: Iterable[Asked]) -> Asked:
    """All that any of them asks for.

    Examples
    --------
    >>> once = Asked(model=frozenset({"errors"}))
    >>> sorted(together([once, Asked(model=frozenset({"line"}))]).model)
    ['errors', 'line']
    """
    every = list(asked)
    names = {name for one in every for name in one.rivals}
    return Asked(
        model=NONE.union(*(one.model for one in every)),
        slices=NONE.union(*(one.slices for one in every)),
        rivals={
            name: NONE.union(*(one.rivals.get(name, NONE) for one in every))
            for name in sorted(names)
        },
        resampled=any(one.resampled for one in every),
        by_people=any(one.by_people for one in every),
    )
