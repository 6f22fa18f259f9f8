"""Checks of what a version showed when it was prodded."""

import numpy as np

from churn.evaluation.evidence import CHALLENGER, RESEEDED
from churn.evaluation.intervals import LEVEL, estimate
from churn.evaluation.observations import InputSchema, Speed
from churn.evaluation.scorecard import Estimate
from churn.evaluation.weighting import Floats
from churn.gates.case import Case
from churn.gates.check import (
    Check,
    Finding,
    compare,
    digits,
    hold,
    skipped,
    undefined,
    words,
    worst,
)
from churn.gates.decision import Outcome
from churn.significance.delong import compare_auc, interval

MOST_NAMED = 5


def stability(check: Check, case: Case) -> Finding:
    """Ask that another seed would have made a model that ranks about as well.

    The difference in ROC-AUC to the same recipe with other seeds, by DeLong, has to
    lie within ``bound`` on either side; the largest is reported. A recipe that does
    not depend on its seed passes with a difference of 0.
    """
    rows, bound = case.evidence.rows, check.numbers["bound"]
    names = [name for name in rows.columns if name.startswith(RESEEDED)]
    if not names:
        return skipped("the recipe was not fitted with other seeds")
    gains = [_auc_gain(case, rows[name].to_numpy()) for name in names]
    known = [gain for gain in gains if gain is not None]
    if len(known) < len(gains):
        return undefined("roc_auc of the same recipe with other seeds", None)
    outcomes = [_within(check, gain, bound) for gain in known]
    outcome = worst(outcomes)
    widest = max(
        (gain for gain, o in zip(known, outcomes, strict=True) if o == outcome),
        key=lambda gain: abs(gain.value or 0.0),
    )
    if all(rows[name].equals(rows[CHALLENGER], check_names=False) for name in names):
        sentence = f"scores the same with {len(names)} other seeds"
    else:
        sentence = (
            f"roc_auc differs from that of the same recipe with another seed (the "
            f"most different of {len(names)}) by {words(widest)}; wanted within "
            f"{digits(bound)} on either side"
        )
    return Finding(outcome, widest, bound, sentence, False, "roc_auc")


def speed(check: Check, case: Case) -> Finding:
    """Ask that scoring one customer not take much longer than the champion takes.

    The ratio of the medians of single calls made in turn is held against ``ceiling``;
    its interval comes from resampling the turns.
    """
    timed = case.evidence.observations.speed
    if timed is None:
        return skipped("there is no champion to be timed against")
    plan = case.evidence.plan
    ratio = slowdown(timed, resamples=plan.resamples, seed=plan.seed)
    name = "time to score one customer over the champion's"
    return hold(name, ratio, check.numbers["ceiling"], by=check.by, at_least=False)


def slowdown(timed: Speed, *, resamples: int, seed: int) -> Estimate:
    """Ratio of the median seconds, challenger over champion, with its interval."""
    seconds = np.array([timed.challenger_seconds, timed.champion_seconds])
    n_turns = seconds.shape[1]
    if n_turns == 0:
        return Estimate(None, None, None, 0)
    drawn = np.random.default_rng(seed).integers(0, n_turns, (resamples, n_turns))
    drawn_ratios = _ratio(np.median(seconds[:, drawn], axis=-1))
    ratio = float(_ratio(np.median(seconds, axis=-1)))
    return estimate(ratio, drawn_ratios, n_turns)


def size(check: Check, case: Case) -> Finding:
    """Ask that the bundle not be much larger than the champion's."""
    weighed = case.evidence.observations.speed
    if weighed is None:
        return skipped("there is no champion to be weighed against")
    ratio = weighed.challenger_bytes / weighed.champion_bytes
    ceiling = check.numbers["ceiling"]
    exact = Estimate(ratio, ratio, ratio, 1)
    sentence = (
        f"the bundle has {weighed.challenger_bytes:,} bytes, {digits(ratio)} times the "
        f"champion's {weighed.champion_bytes:,}; wanted at most {digits(ceiling)} times"
    )
    outcome = compare(exact, ceiling, by=check.by, at_least=False)
    return Finding(outcome, exact, ceiling, sentence, is_undefined=False)


def schema(_check: Check, case: Case) -> Finding:
    """Ask that each feature the version reads is served, of the kind it reads.

    A feature that the champion reads too has to be of the same kind there, or one of
    the two would be served wrongly while both are.
    """
    found = case.evidence.observations.schema
    if found is None:
        return skipped("what it reads was not looked at")
    wrong = misfits(found)
    n = len(found.needed)
    observed = Estimate(float(len(wrong)), None, None, n)
    if wrong:
        sentence = f"cannot be served: {_listed(wrong)}"
        return Finding("failed", observed, 0.0, sentence, is_undefined=False)
    sentence = f"all {n} features it reads are served, each of its kind"
    return Finding("passed", observed, 0.0, sentence, is_undefined=False)


def misfits(schema: InputSchema) -> list[str]:
    """What is wrong with each feature that does not fit, in words, by name."""
    wrong = []
    for name, kind in sorted(schema.needed.items()):
        served = schema.served.get(name)
        before = schema.champion.get(name, kind)
        if served is None:
            wrong.append(f"{name} (not served)")
        elif served != kind:
            wrong.append(f"{name} (read as a {kind}, served as a {served})")
        elif before != kind:
            wrong.append(f"{name} (read as a {kind}, by the champion as a {before})")
    return wrong


def _auc_gain(case: Case, reseeded: Floats) -> Estimate | None:
    rows = case.contest.rows
    found = compare_auc(rows.is_churn, case.contest.model, reseeded, rows.customer)
    if found is None:
        return None
    low, high = interval(found, error_rate=(1 - LEVEL) / 2)
    return Estimate(found.difference, low, high, rows.n_rows)


def _within(check: Check, gain: Estimate, bound: float) -> Outcome:
    return worst(
        [
            compare(gain, bound, by=check.by, at_least=False),
            compare(gain, -bound, by=check.by, at_least=True),
        ]
    )


def _ratio(medians: Floats) -> Floats:
    """Challenger's over champion's; NaN where a clock is too coarse to tell."""
    over: Floats = np.full_like(medians[0], np.nan)
    np.divide(medians[0], medians[1], out=over, where=medians[1] > 0)
    return over


def _listed(wrong: list[str]) -> str:
    rest = len(wrong) - MOST_NAMED
    return ", ".join(wrong[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
