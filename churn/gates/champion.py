"""Checks of the model against the champion on the same test rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from churn.evaluation.contest import Contest, whom
from churn.evaluation.gains import Gain, paired_gains
from churn.evaluation.rivals import CHAMPION
from churn.evaluation.scorecard import Estimate
from churn.evaluation.weighting import Bools, Floats
from churn.gates.case import Case
from churn.gates.check import Check, Finding, digits, exceeds, undefined, words, worst
from churn.gates.decision import Outcome
from churn.significance.eprocess import bet, interval
from churn.significance.gains import auc_gains, brier_gains, net_value_gains
from churn.significance.holm import adjusted

EVERYBODY = "everybody"
THOUSAND = 1000
URGENCY: tuple[Outcome, ...] = ("failed", "undecided", "passed")


def beats_champion(check: Check, case: Case) -> Finding:
    """Ask for a gain above ``margin`` over the champion, if there is one.

    A margin below zero asks to be no worse than by so much. By the interval, what is
    not so passes with a chance of ``error_rate`` at most: at one look (DeLong, or a
    paired bootstrap), or with ``looks: many`` at all looks at the same rows as they
    grow (a bet on one gain a customer, or a block of them, in the rows' order). What
    is proven to lie at the margin or below fails; a gain of exactly the margin is not
    above it.
    """
    margin, evidence = check.numbers["margin"], case.evidence
    if evidence.champion_is_same_bundle:
        sentence = (
            f"this is the champion itself, version {evidence.champion_version}: the "
            f"same bundle cannot replace itself"
        )
        return Finding("failed", None, margin, sentence, is_undefined=False)
    if check.by == "value":
        outcome, gain, how = _by_value(check, case)
    elif check.texts["looks"] == "once":
        outcome, gain, how = _once(check, case)
    else:
        outcome, gain, how = _many(check, case)
    if gain is None or gain.value is None:
        return undefined(f"gain in {check.metric} over the champion", gain)
    sentence = (
        f"gain in {check.metric} over the champion, version "
        f"{evidence.champion_version}: {words(gain)}{how}; wanted above "
        f"{digits(margin)}"
    )
    return Finding(outcome, gain, margin, sentence, is_undefined=False)


def nowhere_worse(check: Check, case: Case) -> Finding:
    """Ask for a gain of at least ``margin`` in every metric and large enough group.

    It fails where one gain is provably below, with a chance of ``error_rate`` at most
    when none is, however many there are (Holm). It passes where each is provably not
    below; nothing needs correcting there, since all have to be (an intersection-union
    test, Berger 1982). Gains that are undefined are left out.
    """
    margin, error_rate = check.numbers["margin"], check.numbers["error_rate"]
    groups = _groups(check, case)
    tried = [
        _Tried(metric, group, int(groups[group].sum()), gain, *_p_values(gain, margin))
        for (metric, group), gain in _paired(check.metrics, groups, case).items()
        if gain is not None
    ]
    if not tried:
        return undefined("every gain over the champion", None)
    below = adjusted([one.p_below for one in tried])
    outcomes = [_told(one, p, error_rate) for one, p in zip(tried, below, strict=True)]
    ranks = [
        (URGENCY.index(o), t.p_below) for o, t in zip(outcomes, tried, strict=True)
    ]
    one = tried[ranks.index(min(ranks))]
    # Holm holds the hardest of m against the m-th part of the error rate.
    low, high = _limits(one.gain, error_rate / len(tried))
    gain = Estimate(one.gain.value, low, high, one.n_rows)
    sentence = (
        f"gain in {one.metric} over the champion, version "
        f"{case.evidence.champion_version}, for {one.group} (the hardest of "
        f"{len(tried)}, with as many looks in mind): {words(gain)}; wanted none "
        f"provably below {digits(margin)}"
    )
    return Finding(worst(outcomes), gain, margin, sentence, False, one.metric)


@dataclass(frozen=True)
class _Tried:
    """One gain, and how likely it is on either side of the margin by chance."""

    metric: str
    group: str
    n_rows: int
    gain: Gain
    p_below: float
    p_above: float


Answered = tuple[Outcome, Estimate | None, str]


def _by_value(check: Check, case: Case) -> Answered:
    gain = case.scorecard.opponents[CHAMPION].gains.get(check.metric or "")
    if gain is None or gain.value is None:
        return "undecided", gain, ""
    return exceeds(gain, check.numbers["margin"], by="value"), gain, ""


def _once(check: Check, case: Case) -> Answered:
    contest, error_rate = case.contest, check.numbers["error_rate"]
    metric, everybody = check.metric or "", np.ones(contest.rows.n_rows, np.bool_)
    found = _paired((metric,), {EVERYBODY: everybody}, case)[metric, EVERYBODY]
    if found is None:
        return "undecided", None, ""
    low, high = _limits(found, error_rate)
    gain = Estimate(found.value, low, high, contest.rows.n_rows)
    outcome = exceeds(gain, check.numbers["margin"], by="interval")
    return outcome, gain, f", either limit wrong in {error_rate:.3g} of one look"


def _many(check: Check, case: Case) -> Answered:
    gains, unit = SEQUENCES[check.metric or ""](check, case.contest)
    margin, error_rate = check.numbers["margin"] / unit, check.numbers["error_rate"]
    if not gains.size:
        return "undecided", None, ""
    is_above = bet(gains, margin).rejects(error_rate)
    is_below = bet(-gains, -margin).rejects(error_rate)
    low, high = interval(gains, error_rate=error_rate)
    gain = Estimate(float(gains.mean()) * unit, low * unit, high * unit, gains.size)
    how = (
        f" in {gains.size} gains of customers that count once each, either limit wrong "
        f"in {error_rate:.3g} of all looks together"
    )
    if is_above == is_below:
        return "undecided", gain, how
    return "passed" if is_above else "failed", gain, how


def _auc(_check: Check, contest: Contest) -> tuple[Floats, float]:
    rows, champion = contest.rows, contest.rivals[CHAMPION]
    scores = contest.model, champion
    return auc_gains(rows.is_churn, *scores, rows.customer, rows.date), 1.0


def _brier(_check: Check, contest: Contest) -> tuple[Floats, float]:
    rows, champion = contest.rows, contest.rivals[CHAMPION]
    return brier_gains(rows.is_churn, contest.model, champion, rows.customer), 1.0


def _net_value(check: Check, contest: Contest) -> tuple[Floats, float]:
    rows, most_eur = contest.rows, check.numbers["most_eur"]
    ours, theirs = (
        whom(rows, scores) * rows.net_value_eur
        for scores in (contest.model, contest.rivals[CHAMPION])
    )
    gains = net_value_gains(ours, theirs, rows.customer, most_eur=most_eur)
    return gains, most_eur * THOUSAND


SEQUENCES: dict[str, Callable[[Check, Contest], tuple[Floats, float]]] = {
    "roc_auc": _auc,
    "brier": _brier,
    "net_value_per_1000_eur": _net_value,
}
"""Metrics whose gains are bounded and can be bet on, and what a gain of 1 is worth."""


def _groups(check: Check, case: Case) -> dict[str, Bools]:
    """Everybody, and every group of enough rows."""
    large = {
        f"{group.slice_name} {group.group}": group.rows
        for group in case.contest.groups
        if group.rows.sum() >= check.numbers["min_rows"]
    }
    return {EVERYBODY: np.ones(case.contest.rows.n_rows, np.bool_), **large}


def _paired(
    metrics: Sequence[str], groups: Mapping[str, Bools], case: Case
) -> dict[tuple[str, str], Gain | None]:
    contest = case.contest
    champion = contest.rivals[CHAMPION]
    plan = case.evidence.plan
    return paired_gains(metrics, groups, contest.rows, contest.model, champion, plan)


def _limits(gain: Gain, error_rate: float) -> tuple[float | None, float | None]:
    """Where the rows show no variation only the gain of nothing is certain."""
    if gain.standard_error == 0 and gain.value != 0:
        return None, None
    reach = -float(ndtri(error_rate)) * gain.standard_error
    return gain.value - reach, gain.value + reach


def _p_values(gain: Gain, margin: float) -> tuple[float, float]:
    """How likely so small a gain is if the margin is reached, so large if it is not."""
    if gain.standard_error == 0:
        return 1.0, 0.0 if gain.value == 0 and margin <= 0 else 1.0
    z = (gain.value - margin) / gain.standard_error
    return float(ndtr(z)), float(ndtr(-z))


def _told(one: _Tried, p_below: float, error_rate: float) -> Outcome:
    if p_below <= error_rate:
        return "failed"
    return "passed" if one.p_above <= error_rate else "undecided"
