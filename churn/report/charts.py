"""Charts as inline SVG: pure functions of their data.

Colours are classes whose values the page's style sets for light and dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from churn.evaluation.scorecard import CurvePoint, Estimate
from churn.report.axes import (
    HEIGHT,
    TOP,
    WIDTH,
    Axis,
    Plane,
    Scale,
    nice_ticks,
    spanning,
)
from churn.report.formats import estimated, number, plural
from churn.report.inline import padded
from churn.report.svg import Words, path, share_of, svg

BAR_ROW = 44
CHARACTERS = 46
MIDDLE = 0.5


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart; ``text`` is the estimate in words."""

    label: str
    text: str
    estimate: Estimate


@dataclass(frozen=True)
class Reference:
    """A value worth a line of its own, with its name."""

    value: float
    label: str


def line_chart(
    points: Sequence[CurvePoint],
    words: Words,
    scales: tuple[Scale, Scale],
    *,
    level: Reference | None = None,
    at: Reference | None = None,
    steps: bool = False,
) -> Markup:
    """Draw a curve with the band of its intervals.

    Parameters
    ----------
    points : sequence of CurvePoint
        In increasing x. No points: a drawing that says so.
    words : Words
        What the chart says to who cannot see it.
    scales : tuple of Scale
        What x and y show.
    level, at : Reference or None
        A horizontal line to compare with; a vertical line at a chosen x.
    steps : bool
        Hold each y until the next x instead of joining the points.
    """
    if not points:
        return _nothing(words)
    heights = [value for p in points for value in (p.y, p.low, p.high)]
    plane = Plane(
        spanning(scales[0], [*(p.x for p in points), *([at.value] if at else [])]),
        spanning(scales[1], [*heights, *([level.value] if level else [])]),
    )
    parts = [
        plane.grid(),
        _band(points, plane, steps=steps),
        _level(level, plane),
        _at(at, plane),
        _line([(p.x, p.y) for p in points], plane, steps=steps),
    ]
    return _chart(words, parts)


def reliability_diagram(points: Sequence[CurvePoint], words: Words) -> Markup:
    """Draw observed against predicted churn rate; on the diagonal they agree.

    Parameters
    ----------
    points : sequence of CurvePoint
        x: mean predicted probability of a bin; y, low, high: observed churn rate.
    """
    if not points:
        return _nothing(words)
    values = [v for p in points for v in (p.x, p.y, p.high) if v is not None]
    ticks = nice_ticks(0.0, max(values) or 1.0)
    plane = Plane(
        Axis(Scale("predicted probability", "share"), ticks),
        Axis(Scale("observed churn rate", "share"), ticks),
    )
    diagonal = _path([(0.0, 0.0), (ticks[-1], ticks[-1])], plane)
    parts = [
        plane.grid(),
        Markup('<path class="reference" d="{}"/>').format(diagonal),
        *(_dot(point, plane) for point in points),
    ]
    return _chart(words, parts)


def bars(items: Sequence[Bar], words: Words) -> Markup:
    """Draw horizontal bars from zero with their intervals, each below its label."""
    known = [i.estimate for i in items if i.estimate.value is not None]
    if not known:
        return _nothing(words)
    ends = [value for e in known for value in (e.value, e.low, e.high)]
    reached = [0.0, *(value for value in ends if value is not None)]
    span = padded(reached)
    rows = [_bar(item, span, place * BAR_ROW) for place, item in enumerate(items)]
    return _chart(words, rows, height=len(items) * BAR_ROW)


def _chart(words: Words, parts: Sequence[Markup], *, height: int = HEIGHT) -> Markup:
    return svg(words, parts, width=WIDTH, height=height, style="chart")


def _nothing(words: Words) -> Markup:
    text = Markup('<text x="{}" y="34" text-anchor="middle">{}</text>')
    parts = [text.format(WIDTH // 2, "undefined: there are no points to draw")]
    return _chart(words, parts, height=60)


def _path(
    ends: Sequence[tuple[float, float]], plane: Plane, *, steps: bool = False
) -> str:
    return path(
        [(plane.at_x(x), plane.at_y(y)) for x, y in _corners(ends, steps=steps)]
    )


def _corners(
    ends: Sequence[tuple[float, float]], *, steps: bool
) -> list[tuple[float, float]]:
    corners = [ends[0]]
    for before, after in pairwise(ends):
        corners += [(after[0], before[1]), after] if steps else [after]
    return corners


def _line(ends: Sequence[tuple[float, float]], plane: Plane, *, steps: bool) -> Markup:
    return Markup('<path class="line" d="{}"/>').format(_path(ends, plane, steps=steps))


def _band(points: Sequence[CurvePoint], plane: Plane, *, steps: bool) -> Markup:
    lows, highs = [], []
    for p in points:
        if p.low is not None and p.high is not None:
            lows.append((p.x, p.low))
            highs.append((p.x, p.high))
    if not lows:
        return Markup("")
    outline = _corners(highs, steps=steps) + _corners(lows, steps=steps)[::-1]
    return Markup('<path class="band" d="{}Z"/>').format(_path(outline, plane))


def _level(level: Reference | None, plane: Plane) -> Markup:
    if level is None:
        return Markup("")
    y = plane.at_y(level.value)
    return Markup(
        '<path class="reference" d="M{:.1f} {:.1f}H{:.1f}"/>'
        '<text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>'
    ).format(plane.left, y, plane.right, plane.right - 2, y - 5, level.label)


def _at(at: Reference | None, plane: Plane) -> Markup:
    if at is None:
        return Markup("")
    x = plane.at_x(at.value)
    anchor = "start" if plane.x.share(at.value) < MIDDLE else "end"
    return Markup(
        '<path class="marker" d="M{0:.1f} {1}V{2:.1f}"/>'
        '<text class="strong" x="{0:.1f}" y="{3}" text-anchor="{4}">{5}</text>'
    ).format(x, TOP - 4, plane.bottom, TOP - 8, anchor, at.label)


def _dot(point: CurvePoint, plane: Plane) -> Markup:
    x, whiskers = plane.at_x(point.x), Markup("")
    if point.low is not None and point.high is not None:
        whiskers = Markup('<path class="interval" d="M{:.1f} {:.1f}V{:.1f}"/>').format(
            x, plane.at_y(point.low), plane.at_y(point.high)
        )
    return Markup(
        "<g><title>{}</title>{}"
        '<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="3.5"/></g>'
    ).format(_said(point), whiskers, x, plane.at_y(point.y))


def _said(point: CurvePoint) -> str:
    observed = estimated(Estimate(point.y, point.low, point.high, point.n), "share")
    predicted = number(point.x, "share")
    return f"predicted {predicted}, observed {observed}, {plural(point.n, 'row')}"


def _bar(item: Bar, span: tuple[float, float], top: int) -> Markup:
    room = CHARACTERS - len(item.text)
    label = item.label
    if len(label) > room:
        label = label[: room - 1] + "…"
    return Markup(
        '<text class="strong" y="{0}">{1}</text>'
        '<text x="{2}" y="{0}" text-anchor="end">{3}</text>{4}'
    ).format(top + 13, label, WIDTH, item.text, _extent(item.estimate, span, top + 20))


def _extent(estimate: Estimate, span: tuple[float, float], top: int) -> Markup:
    zero = share_of(span, 0.0) * WIDTH
    line = Markup('<path class="zero" d="M{:.1f} {}v16"/>').format(zero, top - 2)
    if estimate.value is None:
        return line
    ends = sorted([zero, share_of(span, estimate.value) * WIDTH])
    bar = Markup('<rect class="bar" x="{:.1f}" y="{}" width="{:.1f}" height="12"/>')
    drawn = bar.format(ends[0], top, ends[1] - ends[0]) + line
    if estimate.low is None or estimate.high is None:
        return drawn
    low, high = (
        share_of(span, estimate.low) * WIDTH,
        share_of(span, estimate.high) * WIDTH,
    )
    interval = Markup('<path class="over" d="M{:.1f} {}H{:.1f}"/>')
    return drawn + interval.format(low, top + 6, high)
