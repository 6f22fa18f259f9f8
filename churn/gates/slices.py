"""Check that no group of customers is served badly, with many groups in mind."""

from scipy.special import ndtr, ndtri

from churn.evaluation.metrics import METRICS
from churn.evaluation.scorecard import Estimate, Scorecard
from churn.gates.check import By, Check, Finding, compare, skipped, words, worst
from churn.gates.decision import Outcome
from churn.significance.holm import adjusted

TAIL = 0.025


def slices(check: Check, scorecard: Scorecard) -> Finding:
    """Ask every group of at least ``min_rows`` rows to stay on its side of ``bound``.

    A floor, or for metrics of which less is better a ceiling. By the interval, a group
    fails when it is provably on the wrong side, with all groups together as likely to
    do so by chance as one alone would be (Holm). The check passes when the interval of
    each lies on the right side; nothing needs correcting there, since all have to (an
    intersection-union test, Berger 1982). Groups in which the metric is undefined are
    left out.
    """
    metric, bound = check.metric or "", check.numbers["bound"]
    at_least = METRICS[metric].better != "lower"
    groups = {
        f"{s.name} {s.group}": s.figures[metric]
        for s in scorecard.slices
        if s.n_rows >= check.numbers["min_rows"] and s.figures[metric].value is not None
    }
    if not groups:
        rows = f"{check.numbers['min_rows']:g} rows"
        return skipped(f"no slice of at least {rows} has a figure")
    beyond = adjusted([_p_beyond(f, bound, at_least=at_least) for f in groups.values()])
    outcomes = {
        name: _outcome(groups[name], bound, p, by=check.by, at_least=at_least)
        for name, p in zip(groups, beyond, strict=True)
    }
    outcome = worst(list(outcomes.values()))
    sign = 1 if at_least else -1
    lowest = min(
        (name for name in groups if outcomes[name] == outcome),
        key=lambda name: sign * (groups[name].value or 0.0),
    )
    sentence = (
        f"{metric} of the worst of {len(groups)} slices, {lowest}: "
        f"{words(groups[lowest])}; wanted {'at least' if at_least else 'at most'} "
        f"{bound:.4g}, with {len(groups)} looks in mind"
    )
    return Finding(outcome, groups[lowest], bound, sentence, is_undefined=False)


def _outcome(
    figure: Estimate, bound: float, p_beyond: float, *, by: By, at_least: bool
) -> Outcome:
    alone = compare(figure, bound, by=by, at_least=at_least)
    is_chance = by == "interval" and p_beyond >= TAIL
    return "undecided" if alone == "failed" and is_chance else alone


def _p_beyond(figure: Estimate, bound: float, *, at_least: bool) -> float:
    """How likely a figure so far beyond the bound is if the bound is kept.

    The interval's side towards the bound is read as 1.96 standard errors.
    """
    side = figure.high if at_least else figure.low
    if figure.value is None or side is None:
        return 1.0
    beyond = bound - figure.value if at_least else figure.value - bound
    reach = abs(side - figure.value) / -float(ndtri(TAIL))
    if reach == 0:
        return 0.0 if beyond > 0 else 1.0
    return float(ndtr(-beyond / reach))
