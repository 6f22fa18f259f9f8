"""Checks that no group of customers is served badly, with many groups in mind."""

from statistics import NormalDist

from churn.evaluation.metrics import METRICS
from churn.evaluation.scorecard import Estimate, Scorecard
from churn.gates.check import Check, Finding, compare, words, worst

TAIL = 0.025


def slices(check: Check, scorecard: Scorecard) -> Finding:
    """Ask every group of at least ``min_rows`` rows to stay on its side of ``bound``.

    A floor, or for metrics of which less is better a ceiling. With m groups each
    interval is widened to the level 1 - 0.05/m (Bonferroni), so that all groups of a
    good model together are refused by chance at most as often as one would be. Groups
    in which the metric is undefined are left out.
    """
    metric = METRICS[check.metric or ""]
    groups = {
        f"{s.name} {s.group}": s.figures[check.metric or ""]
        for s in scorecard.slices
        if s.n_rows >= check.numbers["min_rows"]
        and s.figures[check.metric or ""].value is not None
    }
    if not groups:
        sentence = (
            f"no slice of at least {check.numbers['min_rows']:g} rows has a figure"
        )
        return Finding(
            "skipped", None, check.numbers["bound"], sentence, is_undefined=False
        )
    sign = -1 if metric.better == "lower" else 1
    outcomes = [
        compare(
            widened(figure, len(groups), highest=metric.highest),
            check.numbers["bound"],
            by=check.by,
            at_least=sign > 0,
        )
        for figure in groups.values()
    ]
    outcome = worst(outcomes)
    lowest = min(
        (name for name, o in zip(groups, outcomes, strict=True) if o == outcome),
        key=lambda name: sign * (groups[name].value or 0.0),
    )
    observed = widened(groups[lowest], len(groups), highest=metric.highest)
    sentence = (
        f"{check.metric} of the worst of {len(groups)} slices, {lowest}: "
        f"{words(observed)}, widened for {len(groups)} looks; wanted "
        f"{'at least' if sign > 0 else 'at most'} {check.numbers['bound']:.4g}"
    )
    return Finding(
        outcome, observed, check.numbers["bound"], sentence, is_undefined=False
    )


def widened(observed: Estimate, n_looks: int, *, highest: float) -> Estimate:
    """Stretch a 95 % interval to the level that ``n_looks`` of them need together.

    Either side is stretched by the ratio of normal quantiles, as if it were normal,
    but never beyond what the figure can be.

    Examples
    --------
    >>> one = Estimate(value=0.8, low=0.7, high=0.85, n=200)
    >>> wide = widened(one, n_looks=5, highest=1)
    >>> round(wide.low, 3), round(wide.high, 3)
    (0.669, 0.866)
    """
    if observed.value is None or observed.low is None or observed.high is None:
        return observed
    normal = NormalDist()
    factor = normal.inv_cdf(1 - TAIL / n_looks) / normal.inv_cdf(1 - TAIL)
    return Estimate(
        observed.value,
        observed.value - factor * (observed.value - observed.low),
        min(highest, observed.value + factor * (observed.high - observed.value)),
        observed.n,
    )
