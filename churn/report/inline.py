"""Drawings as small as a word, beside the figures they draw."""

from collections.abc import Sequence

from markupsafe import Markup

from churn.evaluation.scorecard import Estimate
from churn.report.svg import share_of

WIDTH, HEIGHT = 96, 14


def whisker(
    estimate: Estimate | None,
    reference: float | None,
    span: tuple[float, float] | None = None,
) -> Markup:
    """Draw an interval and the line it is held against.

    ``span`` fixes the scale, so that whiskers below one another compare; without
    it the drawing is scaled to its own values. An undefined figure draws nothing.
    Hidden from screen readers: the text beside it says the same.
    """
    if estimate is None or estimate.value is None:
        return Markup("")
    shown = [estimate.value, estimate.low, estimate.high, reference]
    scale = span or padded([value for value in shown if value is not None])

    def at(value: float) -> float:
        return 3 + share_of(scale, value) * (WIDTH - 6)

    parts = []
    if reference is not None:
        bound = Markup('<path class="bound" d="M{:.1f} 0V14"/>')
        parts.append(bound.format(at(reference)))
    if estimate.low is not None and estimate.high is not None:
        interval = Markup('<path class="interval" d="M{:.1f} 7H{:.1f}"/>')
        parts.append(interval.format(at(estimate.low), at(estimate.high)))
    dot = Markup('<circle class="dot" cx="{:.1f}" cy="7" r="3"/>')
    return _hidden([*parts, dot.format(at(estimate.value))])


def share_bar(share: float) -> Markup:
    """Draw a share in [0, 1] as a bar; hidden from screen readers as ``whisker`` is."""
    pattern = Markup(
        '<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" '
        'aria-hidden="true"><rect class="track" width="100" height="6"/>'
        '<rect class="bar" width="{:.1f}" height="6"/></svg>'
    )
    return pattern.format(max(share, 0.0) * 100)


def padded(values: Sequence[float]) -> tuple[float, float]:
    """Both ends of the values with some room, never equal.

    Examples
    --------
    >>> padded([0.0, 10.0])
    (-1.5, 11.5)
    >>> padded([0.0])
    (-1.0, 1.0)
    """
    low, high = min(values), max(values)
    margin = 0.15 * (high - low) or 0.1 * abs(low) or 1.0
    return low - margin, high + margin


def _hidden(parts: Sequence[Markup]) -> Markup:
    pattern = Markup(
        '<svg class="whisker" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>'
    )
    return pattern.format(WIDTH, HEIGHT, Markup("").join(parts))
