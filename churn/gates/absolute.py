"""Checks of the model's own figures against the data set's bounds."""

from dataclasses import replace

from churn.evaluation.metrics import AT_CONTACT_RATE, RECALL_RATIO
from churn.evaluation.rivals import ORACLE
from churn.evaluation.scorecard import Opponent, Scorecard
from churn.gates.check import (
    Check,
    Finding,
    compare,
    hold,
    skipped,
    undefined,
    words,
    worst,
)
from churn.gates.comparisons import baselines

NO_BOUND = "the data set names no bound of its own"


def floor(check: Check, scorecard: Scorecard) -> Finding:
    """Ask a figure to reach ``bound``."""
    return _against(check, scorecard, at_least=True)


def ceiling(check: Check, scorecard: Scorecard) -> Finding:
    """Ask a figure to stay at or below ``bound``."""
    return _against(check, scorecard, at_least=False)


def calibration(check: Check, scorecard: Scorecard) -> Finding:
    """Ask for a slope within two bounds and a calibration error below a third."""
    slope = scorecard.figures.get("calibration_slope")
    gap = scorecard.figures.get("ece")
    if slope is None or slope.value is None:
        return undefined("calibration_slope", slope)
    if gap is None or gap.value is None:
        return undefined("ece", gap)
    low, high, most = (
        check.numbers[k] for k in ("slope_low", "slope_high", "ece_ceiling")
    )
    by = check.by
    too_flat = compare(slope, low, by=by, at_least=True)
    too_steep = compare(slope, high, by=by, at_least=False)
    off = compare(gap, most, by=by, at_least=False)
    sentence = (
        f"calibration slope {words(slope)}, wanted {low:.4g} to {high:.4g}; "
        f"calibration error {words(gap)}, wanted at most {most:.4g}"
    )
    slope_outcome = worst([too_flat, too_steep])
    if slope_outcome == "passed" and off != "passed":
        return Finding(off, gap, most, sentence, False, "ece")
    nearest = low if slope.value < 1 else high
    outcome = worst([slope_outcome, off])
    return Finding(outcome, slope, nearest, sentence, False, "calibration_slope")


def high_value_recall(check: Check, scorecard: Scorecard) -> Finding:
    """Ask for enough of the high-value churners, where the data set names a bound."""
    if "bound" not in check.numbers:
        return skipped(NO_BOUND)
    found = hold(
        "high-value recall",
        scorecard.figures.get("high_value_recall"),
        check.numbers["bound"],
        by=check.by,
        at_least=True,
    )
    return replace(found, metric="high_value_recall")


def group_recall(check: Check, scorecard: Scorecard) -> Finding:
    """Ask for enough of the churners of one group to be contacted.

    Undefined where the group has no churner, or too few rows for figures of its own.
    """
    if "bound" not in check.numbers:
        return skipped(NO_BOUND)
    name, group = check.texts["slice"], check.texts["group"]
    rows = [s for s in scorecard.slices if (s.name, s.group) == (name, group)]
    found = hold(
        f"recall in {name} {group}",
        rows[0].figures.get("recall") if rows else None,
        check.numbers["bound"],
        by=check.by,
        at_least=True,
    )
    return replace(found, metric="recall")


def high_value_share(check: Check, scorecard: Scorecard) -> Finding:
    """Ask for a share of the high-value churners that a good rival would reach.

    The rival is the oracle or, without one, the best baseline; it contacts as many
    customers of high value as the model does.
    """
    rival = _best_at_contact_rate(scorecard)
    if rival is None:
        return undefined("high-value recall of any rival", None)
    found = hold(
        f"high-value recall over that of {rival.name}",
        rival.figures.get(RECALL_RATIO),
        check.numbers["share"],
        by=check.by,
        at_least=True,
    )
    return replace(found, metric=RECALL_RATIO)


def suspiciously_good(check: Check, scorecard: Scorecard) -> Finding:
    """Raise the leak alarm when ROC-AUC is better than these data can allow.

    Above ``bound`` it fails as a ceiling does; above the oracle it fails when the
    whole interval of the paired gain over the true probabilities is above zero.
    """
    found = hold(
        "roc_auc",
        scorecard.figures.get("roc_auc"),
        check.numbers["bound"],
        by=check.by,
        at_least=False,
    )
    oracle = scorecard.opponents.get(ORACLE)
    gain = oracle.gains.get("roc_auc") if oracle else None
    if gain is not None and gain.low is not None and gain.low > 0:
        sentence = (
            f"roc_auc beats the true probabilities by {words(gain)}, which only a "
            f"leak can do"
        )
        return Finding("failed", gain, 0.0, sentence, False, "roc_auc")
    if found.outcome == "failed":
        sentence = f"{found.sentence}; look for a leak before anything else"
        return replace(found, sentence=sentence, metric="roc_auc")
    return replace(found, metric="roc_auc")


def _against(check: Check, scorecard: Scorecard, *, at_least: bool) -> Finding:
    metric = check.metric or ""
    return hold(
        metric,
        scorecard.figures.get(metric),
        check.numbers["bound"],
        by=check.by,
        at_least=at_least,
    )


def _best_at_contact_rate(scorecard: Scorecard) -> Opponent | None:
    """The oracle, or the baseline that reaches most."""
    if ORACLE in scorecard.opponents:
        return scorecard.opponents[ORACLE]
    reached = {
        opponent.name: figure.value
        for opponent in baselines(scorecard)
        if (figure := opponent.figures.get(AT_CONTACT_RATE)) is not None
        and figure.value is not None
    }
    if not reached:
        return None
    return scorecard.opponents[max(reached, key=lambda name: reached[name])]
