"""From a trigger and what is known to a decision with its reasons."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from churn.retraining.decision import (
    Case,
    LimitOutcome,
    LimitResult,
    RetrainingDecision,
    RuleResult,
)
from churn.retraining.kinds import answer, days_between, silence
from churn.retraining.plan import Limits, Trigger

YEAR_DAYS = 365
BROKEN = ("volume", "quality:quarantined")
"""How names of alarms begin that say that rows are missing or break their contract.

Other alarms about quality do not hold: where values are missing that never were, or
categories are new, the world may have moved, and to train again is the cure.
"""

PERSON = "person"


def decide(trigger: Trigger, case: Case) -> RetrainingDecision:
    """Say whether to train again now.

    Yes when a rule fires and no limit holds, or when a person asks: limits bind the
    program, not people, and what was waived is told.
    """
    age = trigger.limits.most_health_age_days
    rules = tuple(answer(r, case, most_health_age_days=age) for r in trigger.rules)
    limits = tuple(_limits(trigger.limits, case))
    fired = [rule.name for rule in rules if rule.outcome == "fires"]
    holding = [limit.name for limit in limits if limit.outcome == "holds"]
    asked = [PERSON] if case.asked else []
    return RetrainingDecision(
        retrain=bool(asked) or (bool(fired) and not holding),
        trigger=trigger.name,
        policy=trigger.policy,
        reason=_reason(rules, limits, case),
        because=(*asked, *fired),
        rules=rules,
        limits=limits,
        case=case,
    )


def _reason(
    rules: Sequence[RuleResult], limits: Sequence[LimitResult], case: Case
) -> str:
    """One sentence that names what decided."""
    fired = [rule for rule in rules if rule.outcome == "fires"]
    if case.asked:
        return f"retrain, a person asks: {case.asked}"
    if not fired:
        return _nothing(rules)
    why = "; ".join(f"{rule.name}: {rule.sentence}" for rule in fired)
    held = [limit for limit in limits if limit.outcome == "holds"]
    if held:
        by = "; ".join(f"{limit.name}: {limit.sentence}" for limit in held)
        return f"held back by {by} (asked for by {', '.join(r.name for r in fired)})"
    return f"retrain, {why}"


def _nothing(rules: Sequence[RuleResult]) -> str:
    if not rules:
        return "no need: this trigger has no rules, so that only a person asks"
    quiet = f"no need: none of {len(rules)} rules fires"
    unsure = [rule.name for rule in rules if rule.outcome == "unknown"]
    return f"{quiet}, and nothing is known for {', '.join(unsure)}" if unsure else quiet


def _limits(limits: Limits, case: Case) -> Iterable[LimitResult]:
    """Every limit with its figure."""
    rested = days_between(case, "last_training")
    yield _limit(
        "cool_down",
        case,
        rested,
        limits.cool_down_days,
        "days",
        f"the last training was {rested} days ago, and "
        f"{limits.cool_down_days} have to lie between two",
        holds=rested < limits.cool_down_days,
    )
    spent = _within_a_year(case)
    yield _limit(
        "budget",
        case,
        spent,
        limits.most_per_year,
        "retrainings",
        f"{spent} of {limits.most_per_year} retrainings of a year are spent",
        holds=spent >= limits.most_per_year,
    )
    yield _road(limits, case)
    if limits.waits_for_sound_data:
        yield _sound_data(limits, case)


def _within_a_year(case: Case) -> int:
    """Decisions to train again in the 365 days before, that day's own left out."""
    day = case.moment.date()
    since = day - timedelta(days=YEAR_DAYS)
    return sum(since < one < day for one in case.retrainings)


def _road(limits: Limits, case: Case) -> LimitResult:
    bound = limits.waits_for_rollout_days
    if case.on_its_way is None or case.on_its_way_trained is None:
        told = "no version is on its way to production"
        return _limit("rollout", case, None, bound, "days", told, holds=False)
    days = max(0, (case.moment.date() - case.on_its_way_trained.date()).days)
    told = (
        f"version {case.on_its_way}, trained {days} days ago, is on its way to "
        f"production and is waited for up to {bound} days; `rollout status` shows it"
    )
    return _limit("rollout", case, days, bound, "days", told, holds=days < bound)


def _sound_data(limits: Limits, case: Case) -> LimitResult:
    why = silence(case, limits.most_health_age_days)
    alarms = [] if why or not case.signs else case.signs.alarms
    bad = [alarm for alarm in alarms if alarm.name.startswith(BROKEN)]
    told = "; ".join(alarm.sentence for alarm in bad) or (
        why or "no alarm says that rows are missing or broken"
    )
    return _limit("sound_data", case, len(bad), 0, "alarms", told, holds=bool(bad))


def _limit(  # noqa: PLR0913 (one parameter a field)
    name: str,
    case: Case,
    figure: float | None,
    bound: float,
    unit: str,
    sentence: str,
    *,
    holds: bool,
) -> LimitResult:
    outcome: LimitOutcome = "allows"
    if holds:
        outcome = "waived" if case.asked else "holds"
    return LimitResult(
        name,
        outcome,
        None if figure is None else float(figure),
        float(bound),
        unit,
        sentence,
    )
