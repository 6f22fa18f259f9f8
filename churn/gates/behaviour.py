"""Check that scores answer to changes of a customer as the business expects."""

from collections.abc import Mapping

import polars as pl

from churn.dataset import Direction
from churn.evaluation.curves import wilson
from churn.evaluation.observations import Expected
from churn.evaluation.scorecard import Estimate
from churn.gates.case import Case
from churn.gates.check import Check, Finding, compare, digits, skipped, words, worst
from churn.gates.decision import Outcome

RISE = pl.col("after") - pl.col("before")
WRONG: Mapping[Direction, pl.Expr] = {
    "never_falls": -RISE,
    "never_rises": RISE,
    "never_moves": RISE.abs(),
}
"""How far a score moves the wrong way."""


def behaviour(check: Check, case: Case) -> Finding:
    """Ask that few customers' scores break any one expectation of the data set.

    Broken is an expectation where the score moves the wrong way by more than
    ``tolerance``. The share of customers for whom it is broken is held against
    ``ceiling``, each expectation's on its own: all have to pass. One that could be
    tried on nobody is undecided.
    """
    expected = case.evidence.observations.expectations
    if not expected:
        return skipped("the data set declares no expectation of behaviour")
    tolerance = check.numbers["tolerance"]
    broken = broken_shares(expected, case.evidence.behaviour, tolerance)
    outcomes = {name: _outcome(check, share) for name, share in broken.items()}
    outcome = worst(list(outcomes.values()))
    hardest = max(
        (name for name, found in outcomes.items() if found == outcome),
        key=lambda name: broken[name].value or 0.0,
    )
    failed = [name for name, found in outcomes.items() if found == "failed"]
    told = f"broken are {', '.join(failed)}; " if len(failed) > 1 else ""
    ceiling = check.numbers["ceiling"]
    sentence = (
        f"{told}{hardest} (the hardest of {len(broken)}) "
        f"{_said(broken[hardest], tolerance)}; wanted at most {digits(ceiling)}; "
        f"expected: {expected[hardest].meaning}"
    )
    return Finding(outcome, broken[hardest], ceiling, sentence, is_undefined=False)


def broken_shares(
    expected: Mapping[str, Expected], tried: pl.DataFrame, tolerance: float
) -> dict[str, Estimate]:
    """Share of customers for whom each expectation is broken, with Wilson's interval.

    Parameters
    ----------
    tried : DataFrame
        ``expectation, customer, before, after``. A customer with several rows breaks
        an expectation with any of them.
    tolerance : float
        Probability by which a score may move the wrong way.

    Returns
    -------
    dict
        ``n`` counts customers; of none the share is undefined.
    """
    shares = {}
    for name, one in expected.items():
        is_broken = (
            tried.filter(expectation=name)
            .group_by("customer")
            .agg(is_broken=(WRONG[one.direction] > tolerance).any())["is_broken"]
        )
        shares[name] = _share(int(is_broken.sum()), len(is_broken))
    return shares


def _share(broken: int, n: int) -> Estimate:
    if n == 0:
        return Estimate(None, None, None, 0)
    return Estimate(broken / n, *wilson(broken / n, n), n)


def _outcome(check: Check, share: Estimate) -> Outcome:
    if share.value is None:
        return "undecided"
    return compare(share, check.numbers["ceiling"], by=check.by, at_least=False)


def _said(share: Estimate, tolerance: float) -> str:
    if share.value is None:
        return "could be tried on nobody"
    return (
        f"is broken for {words(share)} of {share.n:,} customers, by more than "
        f"{digits(tolerance)}"
    )
