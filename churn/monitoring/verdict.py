"""What the tests and the figures come to, in a word and a sentence."""

from collections.abc import Iterator, Sequence

from churn.evaluation.scorecard import Estimate
from churn.monitoring.drift import SCORE, FeatureDrift
from churn.monitoring.health import Estimated, Harm, Measured, Verdict
from churn.monitoring.plan import MonitoringPlan

AREA = "roc_auc"


def verdict_of(
    harms: Sequence[Harm],
    told: Estimated,
    measured: Measured | None,
    early: Measured | None,
    drift: Sequence[FeatureDrift],
    plan: MonitoringPlan,
) -> Verdict:
    """An alarm is harm; what cannot be known is said; what moved is watched."""
    if any(harm.is_alarm for harm in harms):
        return "harmed"
    if told.cannot_know and measured is None:
        return "cannot_know"
    has_moved = any(one.is_significant for one in drift)
    fell = early is not None and _fell(early, plan.tolerances[AREA])
    return "watch" if told.cannot_know or has_moved or fell else "healthy"


def sentence_of(
    verdict: Verdict,
    harms: Sequence[Harm],
    told: Estimated,
    measured: Measured | None,
    early: Measured | None,
    drift: Sequence[FeatureDrift],
) -> str:
    """Is it healthy, and how sure is that."""
    if verdict == "harmed":
        return harm_sentence([harm for harm in harms if harm.is_alarm])
    by_labels = ", and ".join(_by_labels(measured, early))
    if verdict == "cannot_know":
        but = f"; ROC-AUC {by_labels}" if by_labels else ""
        return f"nobody can know yet: {told.cannot_know[0]}{but}"
    estimated = f"ROC-AUC is estimated at {_figure(told.confidence[AREA])}"
    known = f"and {by_labels}" if by_labels else "no label having matured"
    seen = f"{estimated}, {known}"
    if verdict == "watch":
        why = told.cannot_know[0] if told.cannot_know else _moved(drift)
        return f"no alarm, but {why}; {seen}"
    return f"no alarm, and nothing moved beyond what is tolerated; {seen}"


def harm_sentence(alarms: Sequence[Harm]) -> str:
    """The first alarm, and how many more there are."""
    more = f" (and {len(alarms) - 1} more)" if len(alarms) > 1 else ""
    return f"{alarms[0].sentence}{more}"


def contradicted(harms: Sequence[Harm]) -> Iterator[str]:
    """That labels say otherwise than the scores, on which the estimates rest."""
    for harm in harms:
        if harm.kind == "matured" and harm.is_alarm and ":" not in harm.name:
            yield f"matured labels contradict the scores: {harm.sentence}"


def _fell(early: Measured, tolerance: float) -> bool:
    """Whether early labels show a loss for sure, at the usual 95 %."""
    current, before = early.figures.get(AREA), early.reference.get(AREA)
    if current is None or before is None or current.high is None or before.low is None:
        return False
    return before.low - current.high > tolerance


def _moved(drift: Sequence[FeatureDrift]) -> str:
    """What moved, the first of it by name; without any it is what labels show."""
    names = [
        "the score" if one.name == SCORE else one.name
        for one in drift
        if one.is_significant
    ]
    if not names:
        return "early labels show a loss of ROC-AUC"
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return f"{names[0]} has moved{more}"


def _by_labels(measured: Measured | None, early: Measured | None) -> Iterator[str]:
    """ROC-AUC by labels: those that matured, and those that came early."""
    for found, how in ((measured, "labels"), (early, "early, corrected labels")):
        figure = found.figures.get(AREA) if found else None
        if found and figure and figure.value is not None:
            yield f"was {_figure(figure)} by {how} until {found.last_day}"


def _figure(found: Estimate) -> str:
    if found.value is None:
        return "nothing"
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} (95%: {found.low:.3f} to {found.high:.3f})"
