"""The page of one decision whether to train again."""

from collections.abc import Iterable

from markupsafe import Markup

from churn.report.blocks import Check, Checks, Mark, Page, Prose, Section, Verdict
from churn.report.formats import readable
from churn.report.page import render
from churn.retraining.decision import (
    LimitResult,
    RetrainingDecision,
    RuleResult,
    Signs,
)

FOOTER = (
    "Rules ask, limits hold back; a person's word waives them. Groups and figures "
    "only: this page holds no customer's data, loads nothing and runs no script."
)
MARKS = {
    "fires": Mark("!", "Fires", "unsure"),
    "quiet": Mark("○", "Quiet", "plain"),
    "unknown": Mark("?", "Unknown", "unsure"),
    "allows": Mark("✓", "Allows", "good"),
    "holds": Mark("✕", "Holds", "bad"),
    "waived": Mark("!", "Waived", "unsure"),
}
AGAIN = Mark("↻", "Train again", "unsure")
LEAVE = Mark("✓", "Leave it", "good")


def retraining_page(dataset: str, decision: RetrainingDecision) -> str:
    """Write a decision as a self-contained HTML page.

    Returns
    -------
    str
        HTML5; equal decisions give equal text.
    """
    case = decision.case
    return render(
        Page(
            kicker="Retraining",
            title=dataset,
            facts=(
                ("Live", f"version {case.champion}"),
                ("Trained as of", f"{case.trained:%Y-%m-%d}"),
                ("Decided as of", f"{case.moment:%Y-%m-%d %H:%M} UTC"),
                ("Trigger", decision.trigger),
            ),
            sections=(
                Section("Train again?", (_verdict(decision),)),
                Section("What asks for it", (_rules(decision),)),
                Section("What holds it back", (_checks(decision.limits),)),
                Section("What monitoring said", _signs(case.signs)),
            ),
            footer=FOOTER,
        )
    )


def _verdict(decision: RetrainingDecision) -> Verdict:
    by = ", ".join(decision.because) or "nobody"
    return Verdict(
        mark=AGAIN if decision.retrain else LEAVE,
        sentence=f"Asked for by {by}.",
        detail=decision.reason,
        summary=f"Gates that a new version has to pass: {decision.policy}.",
    )


def _rules(decision: RetrainingDecision) -> Checks | Prose:
    if not decision.rules:
        return Prose(text="This trigger has no rules; only a person asks.")
    return _checks(decision.rules)


def _checks(results: Iterable[RuleResult | LimitResult]) -> Checks:
    return Checks(items=tuple(_check(result) for result in results))


def _check(result: RuleResult | LimitResult) -> Check:
    unit = f" {readable(result.unit).lower()}" if result.unit else ""
    return Check(
        mark=MARKS[result.outcome],
        aside="",
        name=readable(result.name),
        sentence=result.sentence,
        figure="" if result.figure is None else f"{_number(result.figure)}{unit}",
        against="" if result.bound is None else f"bound {_number(result.bound)}",
        plot=Markup(),
    )


def _number(value: float) -> str:
    return f"{value:,.4g}".replace("-", "−")


def _signs(signs: Signs | None) -> tuple[Prose, ...]:
    if signs is None:
        return (Prose(text="Nothing yet: the pipeline monitoring never ran."),)
    verdict = signs.verdict.replace("_", " ")
    told = f"{signs.as_of}, of version {signs.version}: {verdict}."
    alarms = tuple(
        Prose(text=f"{readable(alarm.name)}: {alarm.sentence}", tone="bad")
        for alarm in signs.alarms
    )
    if not alarms:
        return (Prose(text=f"{told} No alarm stands."),)
    return (Prose(text=told), *alarms)
