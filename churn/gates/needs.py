"""Which figures a check reads, so that no others are measured."""

from collections.abc import Callable

from churn.evaluation.asked import NONE, Asked, family
from churn.evaluation.rivals import BASELINES, CHAMPION, ORACLE
from churn.gates.check import Check


def nothing(_check: Check) -> Asked:
    """No figure is needed."""
    return Asked()


def of_model(*metrics: str) -> Callable[[Check], Asked]:
    """Of the model itself: these metrics, and the one that the check states."""

    def needs(check: Check) -> Asked:
        named = (*metrics, check.metric) if check.metric else metrics
        return Asked(
            model=frozenset(map(family, named)), resampled=check.by == "interval"
        )

    return needs


def of_opponents(check: Check) -> Asked:
    """Of the model and of each opponent: the metric."""
    both = frozenset({family(check.metric or "")})
    return Asked(
        model=both,
        rivals=dict.fromkeys(check.opponents, both),
        resampled=check.by == "interval",
    )


def of_best_rival(check: Check) -> Asked:
    """Of the model its decision, of every rival what it finds with as many contacts."""
    return Asked(
        model=frozenset({"decision"}),
        rivals=dict.fromkeys((*BASELINES, ORACLE), frozenset({"at_contact_rate"})),
        resampled=check.by == "interval",
    )


def of_oracle(check: Check) -> Asked:
    """Of the model and of the truth: the ranking."""
    ranking = frozenset({"ranking"})
    return Asked(
        model=ranking, rivals={ORACLE: ranking}, resampled=check.by == "interval"
    )


def of_groups(metric: str | None) -> Callable[[Check], Asked]:
    """Of every group: a metric, or the one that the check states."""

    def needs(check: Check) -> Asked:
        return Asked(
            slices=frozenset({family(metric or check.metric or "")}),
            resampled=check.by == "interval",
        )

    return needs


def of_champion(check: Check) -> Asked:
    """Of both the metric, by value; by the interval the gain is measured from rows."""
    if check.by == "value":
        both = frozenset({family(check.metric or "")})
        return Asked(model=both, rivals={CHAMPION: both})
    draws = check.texts["looks"] == "once" and check.metric != "roc_auc"
    return Asked(rivals={CHAMPION: NONE}, resampled=draws)


def of_groups_with_champion(check: Check) -> Asked:
    """Which groups there are; their gains it measures itself, from the rows."""
    return Asked(
        slices=frozenset({"ranking"}),
        rivals={CHAMPION: NONE},
        resampled=set(check.metrics) != {"roc_auc"},
    )
