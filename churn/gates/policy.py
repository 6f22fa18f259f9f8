"""A gate policy, parsed strictly from its file's content. Decides nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from churn.errors import ConfigError
from churn.evaluation.metrics import METRICS
from churn.evaluation.rivals import BASELINES
from churn.gates.champion import SEQUENCES
from churn.gates.check import Applies, By, Check, Undecided
from churn.gates.fields import (
    read_bound,
    read_choice,
    read_kind,
    read_text,
    refuse_repeated,
    require_keys,
    unknown,
    wrong,
)
from churn.gates.kinds import KINDS, KindSpec

POLICY_KEYS = ("name", "description", "promote_first", "checks")
CHECK_KEYS = ("name", "kind", "by", "undecided", "applies")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a version must show before it may go on.

    ``promote_first``: the first version that passes while there is no champion
    becomes production at once.
    """

    name: str
    description: str
    promote_first: bool
    checks: tuple[Check, ...]


def parse_policy(document: Mapping[str, Any], bounds: Mapping[str, float]) -> Policy:
    """Read a policy from its file's content and look its named bounds up.

    Parameters
    ----------
    bounds : mapping of name to number
        The data set's own, for the numbers that the policy only names.

    Raises
    ------
    ConfigError
        For an unknown, missing or repeated key or name, a value of a wrong type, a
        bound that is missing, impossible or used by no check, people who would never
        be asked.
    """
    require_keys(document, POLICY_KEYS, "policy")
    where = f"policy {read_text(document, 'name', 'policy')}"
    if not isinstance(document["promote_first"], bool):
        raise wrong(where, "promote_first", document["promote_first"], "true or false")
    checks = document["checks"]
    if not isinstance(checks, list) or not checks:
        raise wrong(where, "checks", checks, "a list of at least one check")
    parsed = [
        _check(found, bounds, f"{where}, check {i}")
        for i, found in enumerate(checks, start=1)
    ]
    refuse_repeated([check.name for check in parsed], "checks", where)
    _refuse_unasked(parsed, document, where)
    _refuse_unused(bounds, document, where)
    return Policy(
        name=read_text(document, "name", where),
        description=read_text(document, "description", where),
        promote_first=document["promote_first"],
        checks=tuple(parsed),
    )


def bounds_named_in(document: Mapping[str, Any]) -> set[str]:
    """The bounds that a policy leaves to the data set, by name.

    What is wrong with a check is for ``parse_policy`` to say.
    """
    checks = document.get("checks")
    known = [
        found
        for found in (checks if isinstance(checks, list) else [])
        if isinstance(found, dict) and str(found.get("kind")) in KINDS
    ]
    return {
        found[key]
        for found in known
        for key in KINDS[found["kind"]].numbers
        if isinstance(found.get(key), str)
    }


def _check(found: Any, bounds: Mapping[str, float], where: str) -> Check:
    kind, where = read_kind(found, KINDS, where)
    spec = KINDS[kind]
    left_out = spec.leaves_out(found)
    stated = [key for key in (*spec.numbers, *spec.texts) if key not in left_out]
    require_keys(found, (*CHECK_KEYS, *spec.takes, *stated), where)
    metric = _metric(found, spec, where)
    return Check(
        name=read_text(found, "name", where),
        kind=kind,
        metric=metric,
        metrics=_metrics(found, spec, where),
        by=read_choice(found, "by", get_args(By), where),
        opponents=_opponents(found, spec, where),
        numbers=_numbers(found, spec, metric, bounds, where),
        texts=_texts(found, spec, metric, where),
        undecided=read_choice(found, "undecided", get_args(Undecided), where),
        applies=read_choice(found, "applies", get_args(Applies), where),
    )


def _numbers(
    found: Mapping[str, Any],
    spec: KindSpec,
    metric: str | None,
    bounds: Mapping[str, float],
    where: str,
) -> dict[str, float]:
    """The check's numbers; an optional one the data set does not give is left out."""
    numbers = {}
    for key, possible in spec.numbers.items():
        if key not in found:
            continue
        named = isinstance(found[key], str)
        if key in spec.optional and named and found[key] not in bounds:
            continue
        numbers[key] = read_bound(found, key, bounds, possible(metric), where)
    if numbers.get("slope_low", 0.0) > numbers.get("slope_high", 0.0):
        raise wrong(where, "slope_low", numbers["slope_low"], "at most slope_high")
    return numbers


def _texts(
    found: Mapping[str, Any], spec: KindSpec, metric: str | None, where: str
) -> dict[str, str]:
    texts = {
        key: read_choice(found, key, choices, where)
        if choices
        else read_text(found, key, where)
        for key, choices in spec.texts.items()
        if key in found
    }
    if texts.get("looks") == "many" and metric not in SEQUENCES:
        expected = f"{' or '.join(SEQUENCES)} where looks is many"
        raise wrong(where, "metric", metric, expected)
    return texts


def _refuse_unasked(
    checks: Sequence[Check], document: Mapping[str, Any], where: str
) -> None:
    """A first version that goes live in its run leaves nobody time to approve it."""
    stages = [c.texts["stage"] for c in checks if c.kind == "human_approval"]
    if document["promote_first"] and "production" in stages:
        raise ConfigError(
            f"{where}: promote_first: true sends the first version to production "
            "before people could approve it; make it false"
        )


def _refuse_unused(
    bounds: Mapping[str, float], document: Mapping[str, Any], where: str
) -> None:
    used = bounds_named_in(document)
    for name in bounds:
        if name not in used:
            raise unknown(f"{where}: bound", name, used)


def _metric(found: Mapping[str, Any], spec: KindSpec, where: str) -> str | None:
    if "metric" not in spec.takes:
        return None
    metric = read_text(found, "metric", where)
    if metric not in METRICS:
        raise unknown(f"{where}: metric", metric, METRICS)
    if "margin" in spec.numbers and METRICS[metric].better == "neither":
        raise wrong(where, "metric", metric, "one of which more or less is better")
    return metric


def _metrics(found: Mapping[str, Any], spec: KindSpec, where: str) -> tuple[str, ...]:
    if "metrics" not in spec.takes:
        return ()
    names = found["metrics"]
    if not isinstance(names, list) or not names:
        raise wrong(where, "metrics", names, "a list of at least one metric")
    for name in names:
        if not _is_known(name, METRICS) or METRICS[name].better == "neither":
            raise unknown(f"{where}: metric", name, METRICS)
    return tuple(names)


def _opponents(found: Mapping[str, Any], spec: KindSpec, where: str) -> tuple[str, ...]:
    if "opponents" not in spec.takes:
        return ()
    names = found["opponents"]
    if not isinstance(names, list) or not names:
        raise wrong(where, "opponents", names, f"a list of {', '.join(BASELINES)}")
    for name in names:
        if not _is_known(name, BASELINES):
            raise unknown(f"{where}: opponent", name, BASELINES)
    return tuple(names)


def _is_known(name: object, names: Collection[str]) -> bool:
    """Whether it is a text and one of the names; YAML may hold a list instead."""
    return isinstance(name, str) and name in names
