"""Scorecards of just the figures that a test is about, and cases before checks."""

from datetime import date

from churn.evaluation.asked import together
from churn.evaluation.evaluate import evaluate
from churn.evaluation.scorecard import (
    NOT_PROBED,
    Estimate,
    LeakReading,
    LeakReport,
    Opponent,
    Scorecard,
    Slice,
)
from churn.gates.case import Case
from churn.gates.kinds import KINDS

UNDEFINED = Estimate(None, None, None, 100)


def between(low, value, high):
    return Estimate(value, low, high, 100)


def opponent(name, *, figures=None, gains=None):
    return Opponent(name, "", figures or {}, gains or {})


def group(name, figures, *, n_rows=300):
    return Slice("plan", name, n_rows, 30, figures)


def reading(probe, feature, low, value, high):
    return LeakReading(probe, feature, between(low, value, high), None, "tells")


def scorecard(*, figures=None, opponents=(), slices=(), same_bundle=False, readings=()):
    named = {o.name: o for o in opponents}
    return Scorecard(
        n_rows=1000,
        n_customers=1000,
        n_churners=250,
        first_snapshot=date(2025, 1, 1),
        last_snapshot=date(2025, 1, 1),
        figures=figures or {},
        opponents=named,
        slices=tuple(slices),
        reliability=(),
        lift=(),
        profit=(),
        importance={},
        leaks=LeakReport(tuple(readings), {}) if readings else NOT_PROBED,
        definitions={},
        champion_version="4" if "champion" in named else None,
        champion_is_same_bundle=same_bundle,
    )


def case(evidence, *checks, stage="staging"):
    """Lay evidence before checks, with all measured that they ask for."""
    asked = together(KINDS[check.kind].needs(check) for check in checks)
    return Case(evidence, evaluate(evidence, {}, asked), stage)


def answered(check, evidence, *, stage="staging"):
    """What one check finds in evidence."""
    return KINDS[check.kind].answer(check, case(evidence, check, stage=stage))
