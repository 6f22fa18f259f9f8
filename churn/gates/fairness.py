"""Check that a model treats the groups of customers alike."""

import numpy as np

from churn.evaluation.intervals import centred, estimate
from churn.evaluation.slices import Group
from churn.gates.absolute import NO_BOUND
from churn.gates.case import Case
from churn.gates.check import Check, Finding, compare, digits, skipped, undefined, words

FEWEST_GROUPS = 2


def fairness_gap(check: Check, case: Case) -> Finding:
    """Ask that a figure differ between the groups of one slice by ``bound`` at most.

    The gap is the largest figure less the smallest, among groups of at least
    ``min_rows`` rows, on the same resamples. Undefined where fewer than two groups are
    large enough or one of them has no figure. A gap cannot be negative, so its
    resamples are shifted to where it is itself.

    References
    ----------
    Hardt, Price, Srebro (2016), "Equality of opportunity in supervised learning",
    NeurIPS: the gap in recall.
    """
    if "bound" not in check.numbers:
        return skipped(NO_BOUND)
    metric, name = check.metric or "", check.texts["slice"]
    groups = _large(case, name, check.numbers["min_rows"])
    if len(groups) < FEWEST_GROUPS:
        return undefined(f"gap in {metric} between two groups of {name}", None)
    drawn = np.stack(
        [case.measured.results["slice", name, g.group][metric] for g in groups]
    )
    gaps = drawn.max(axis=0) - drawn.min(axis=0)
    if np.isnan(gaps[0]):
        return undefined(f"{metric} in every group of {name}", None)
    n_rows = sum(int(group.rows.sum()) for group in groups)
    value = float(gaps[0])
    gap = estimate(value, centred(gaps[1:], value), n_rows)
    bound = check.numbers["bound"]
    least, most = int(drawn[:, 0].argmin()), int(drawn[:, 0].argmax())
    sentence = (
        f"gap in {metric} between the groups of {name}: {words(gap)}, from "
        f"{digits(drawn[least, 0])} for {groups[least].group} to "
        f"{digits(drawn[most, 0])} for {groups[most].group}; wanted at most {bound:.4g}"
    )
    outcome = compare(gap, bound, by=check.by, at_least=False)
    return Finding(outcome, gap, bound, sentence, is_undefined=False)


def _large(case: Case, name: str, min_rows: float) -> list[Group]:
    return [
        group
        for group in case.contest.groups
        if group.slice_name == name and group.rows.sum() >= min_rows
    ]
