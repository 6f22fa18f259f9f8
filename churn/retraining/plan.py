"""A trigger of retraining, parsed strictly from its file's content. Decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from churn.gates.fields import (
    read_choice,
    read_kind,
    read_number,
    read_text,
    read_whole,
    refuse_repeated,
    require_keys,
    require_mapping,
    wrong,
)
from churn.retraining.kinds import KINDS, Rule

PLAN_KEYS = ("name", "description", "policy", "limits", "rules")
LIMIT_KEYS = (
    "cool_down_days",
    "most_per_year",
    "most_health_age_days",
    "waits_for_rollout_days",
    "waits_for_sound_data",
)
RULE_KEYS = ("name", "kind")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What holds a retraining back that rules ask for.

    Parameters
    ----------
    cool_down_days : int
        Days that must lie between two trainings.
    most_per_year : int
        Of decisions to train again in 365 days.
    most_health_age_days : int
        What monitoring said longer ago is not listened to.
    waits_for_rollout_days : int
        While a version is on its way to production and was trained less than so many
        days ago nothing is trained: it would be overtaken when that one goes live.
    waits_for_sound_data : bool
        Whether an alarm holds that rows are missing or break their contract: a model
        would learn from what is broken.
    """

    cool_down_days: int
    most_per_year: int
    most_health_age_days: int
    waits_for_rollout_days: int
    waits_for_sound_data: bool


@dataclass(frozen=True)
class Trigger:
    """When to train again; without rules only a person can ask for it."""

    name: str
    description: str
    policy: str
    limits: Limits
    rules: tuple[Rule, ...]


def parse_trigger(document: Mapping[str, Any]) -> Trigger:
    """Read a trigger from its file's content.

    Raises
    ------
    ConfigError
        For an unknown, missing or repeated key or name, or a value that cannot be.
    """
    require_keys(document, PLAN_KEYS, "trigger")
    where = f"trigger {read_text(document, 'name', 'trigger')}"
    found = document["rules"]
    if not isinstance(found, list):
        raise wrong(where, "rules", found, "a list of rules")
    rules = tuple(_rule(r, f"{where}, rule {i}") for i, r in enumerate(found, 1))
    refuse_repeated([rule.name for rule in rules], "rules", where)
    return Trigger(
        name=read_text(document, "name", where),
        description=read_text(document, "description", where),
        policy=read_text(document, "policy", where),
        limits=_limits(document["limits"], f"{where}, limits"),
        rules=rules,
    )


def _limits(found: Any, where: str) -> Limits:
    require_keys(require_mapping(found, where), LIMIT_KEYS, where)
    waits = found["waits_for_sound_data"]
    if not isinstance(waits, bool):
        raise wrong(where, "waits_for_sound_data", waits, "true or false")
    return Limits(
        cool_down_days=read_whole(found, "cool_down_days", where, 0),
        most_per_year=read_whole(found, "most_per_year", where, 0),
        most_health_age_days=read_whole(found, "most_health_age_days", where, 0),
        waits_for_rollout_days=read_whole(found, "waits_for_rollout_days", where, 0),
        waits_for_sound_data=waits,
    )


def _rule(found: Any, where: str) -> Rule:
    kind, where = read_kind(found, KINDS, where)
    spec = KINDS[kind]
    names = ("features",) if spec.takes_features else ()
    require_keys(found, (*RULE_KEYS, *spec.texts, *spec.numbers, *names), where)
    return Rule(
        name=read_text(found, "name", where),
        kind=kind,
        numbers={
            key: read_number(found, key, where, *possible)
            for key, possible in spec.numbers.items()
        },
        texts={
            key: read_choice(found, key, choices, where)
            for key, choices in spec.texts.items()
        },
        features=_features(found, where) if names else (),
    )


def _features(found: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Names of features; none named: all that the model takes."""
    names = found["features"]
    if names is None:
        return ()
    is_list = isinstance(names, list) and names
    if not is_list or not all(isinstance(name, str) for name in names):
        raise wrong(where, "features", names, "a list of names, or null for all")
    return tuple(names)
