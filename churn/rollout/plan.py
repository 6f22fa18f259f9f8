"""A rollout policy, parsed strictly from its file's content. Decides nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from churn.errors import ConfigError
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
from churn.rollout.check import Phase, RolloutCheck
from churn.rollout.kinds import KINDS
from churn.scoring.guard import USUAL

PLAN_KEYS = ("name", "description", "false_rollback_rate", "phases")
PHASE_KEYS = ("phase", "weight", "min_hours", "min_customers", "checks")
CHECK_KEYS = ("name", "kind", "undecided", "error_rate")
Undecided = Literal["blocks", "passes"]
LEAST_ERROR_RATE, MOST_ERROR_RATE = 1e-6, 0.5


@dataclass(frozen=True)
class PhasePlan:
    """One phase: how long and on how many customers at least, and what is asked.

    Parameters
    ----------
    weight : float in [0, 1]
        The share of the customers whom the challenger answers; none in shadow.
    min_customers : int
        Distinct customers whom the challenger scored, or in a canary answered.
    """

    phase: Phase
    weight: float
    min_hours: float
    min_customers: int
    checks: tuple[RolloutCheck, ...]

    @property
    def error_rate(self) -> float:
        """How likely a challenger as good as the champion is ever sent back by it."""
        guard = USUAL.error_rate if self.phase == "canary" else 0.0
        return guard + math.fsum(check.error_rate for check in self.checks)


@dataclass(frozen=True)
class RolloutPlan:
    """What a version goes through before it is live; without phases, nothing.

    ``false_rollback_rate`` bounds the chance that a challenger as good as the champion
    is sent back, by all checks and the server's guard together, however often they are
    asked.
    """

    name: str
    description: str
    false_rollback_rate: float
    phases: tuple[PhasePlan, ...]

    def phase(self, name: str) -> PhasePlan:
        """The phase of this name, which it has."""
        return next(phase for phase in self.phases if phase.phase == name)

    def after(self, name: str) -> PhasePlan | None:
        """The phase that follows; None after the last."""
        names = [phase.phase for phase in self.phases]
        return next(iter(self.phases[names.index(self.phase(name).phase) + 1 :]), None)


def parse_rollout(document: Mapping[str, Any]) -> RolloutPlan:
    """Read a rollout policy from its file's content.

    Raises
    ------
    ConfigError
        For an unknown, missing or repeated key or name, or a value that cannot be.
    """
    require_keys(document, PLAN_KEYS, "rollout")
    where = f"rollout {read_text(document, 'name', 'rollout')}"
    found = document["phases"]
    if not isinstance(found, list):
        raise wrong(where, "phases", found, "a list of phases")
    phases = tuple(_phase(p, f"{where}, phase {i}") for i, p in enumerate(found, 1))
    names = [phase.phase for phase in phases]
    if names != [name for name in get_args(Phase) if name in names]:
        raise wrong(where, "phases", names, "shadow, canary, each once and in order")
    checks = [check.name for phase in phases for check in phase.checks]
    refuse_repeated(checks, "checks", where)
    return RolloutPlan(
        name=read_text(document, "name", where),
        description=read_text(document, "description", where),
        false_rollback_rate=read_number(
            document, "false_rollback_rate", where, 0, MOST_ERROR_RATE
        ),
        phases=phases,
    )


def check_promise(plan: RolloutPlan) -> None:
    """Refuse a policy whose error rates add up to more than it promises.

    Only before a rollout begins: one that is under way, or over, keeps the policy it
    began with, whatever the guard of a later program asks. (The chance that any of
    several alarms is false is at most the sum of theirs.)

    Raises
    ------
    ConfigError
    """
    total = math.fsum(phase.error_rate for phase in plan.phases)
    if round(total, 9) > plan.false_rollback_rate:
        raise ConfigError(
            f"rollout {plan.name}: the error rates of its checks and of the server's "
            f"guard add up to {total:.6g}, more than false_rollback_rate "
            f"{plan.false_rollback_rate:.6g}; lower them, or promise less"
        )


def _phase(found: Any, where: str) -> PhasePlan:
    require_keys(require_mapping(found, where), PHASE_KEYS, where)
    phase: Phase = read_choice(found, "phase", get_args(Phase), where)
    checks = found["checks"]
    if not isinstance(checks, list):
        raise wrong(where, "checks", checks, "a list of checks")
    weight = read_number(found, "weight", where, 0, 1)
    if (phase == "shadow") != (weight == 0):
        raise wrong(where, "weight", weight, "0 in shadow, and above 0 in a canary")
    return PhasePlan(
        phase=phase,
        weight=weight,
        min_hours=read_number(found, "min_hours", where, 0, math.inf),
        min_customers=read_whole(found, "min_customers", where, 1),
        checks=tuple(
            _check(check, phase, f"{where}, check {i}")
            for i, check in enumerate(checks, 1)
        ),
    )


def _check(found: Any, phase: Phase, where: str) -> RolloutCheck:
    known = {name: spec for name, spec in KINDS.items() if phase in spec.phases}
    kind, where = read_kind(found, known, where)
    spec = known[kind]
    require_keys(found, (*CHECK_KEYS, *spec.texts, *spec.numbers), where)
    return RolloutCheck(
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
        error_rate=read_number(
            found, "error_rate", where, LEAST_ERROR_RATE, MOST_ERROR_RATE
        ),
        undecided=read_choice(found, "undecided", get_args(Undecided), where),
    )
