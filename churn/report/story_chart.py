"""Who answered the customers, second by second, as inline SVG."""

from collections.abc import Sequence

from markupsafe import Markup

from churn.report.axes import nice_ticks
from churn.report.formats import plural
from churn.report.story_content import Answered, Moment, Second
from churn.report.svg import Words, svg

WIDTH, HEIGHT = 1_000, 300
LEFT, RIGHT, TOP, BOTTOM = 44.0, 990.0, 84.0, 262.0
N_COLOURS = 4
ROWS = 3
RADIUS = 9.0
ROW_HEIGHT = 2 * RADIUS + 1
LEGEND_WIDTH = 92
MINUTE_SECONDS = 60


def answered_chart(answered: Answered) -> Markup:
    """Draw how many each version answered in each second, and what happened when."""
    words = Words(
        "Who answered",
        f"Requests answered in each second, by version: "
        f"{plural(answered.n, 'request')}, {answered.n_lost} lost",
    )
    last = max((one.second for one in answered.seconds), default=0) + 1
    most = max((_height(one) for one in answered.seconds), default=1)
    top = nice_ticks(0.0, float(most))[-1]
    parts = [
        _grid(top, last),
        *(_bar(one, last, top, list(answered.by_version)) for one in answered.seconds),
        *_moments(answered.switches, last),
        _legend(list(answered.by_version)),
    ]
    return svg(words, parts, width=WIDTH, height=HEIGHT, style="wide")


def colour(version: str, versions: Sequence[str]) -> str:
    """The class of a version's bars; so many colours there are that none repeats soon.

    Examples
    --------
    >>> colour("4", ["1", "4", "7"])
    'stack-1'
    """
    return f"stack-{list(versions).index(version) % N_COLOURS}"


def _height(one: Second) -> int:
    return sum(one.answered.values()) + one.n_lost


def _x(second: float, last: int) -> float:
    return LEFT + second / last * (RIGHT - LEFT)


def _bar(one: Second, last: int, top: float, versions: Sequence[str]) -> Markup:
    """One second: a piece a version, the lost ones above."""
    pattern = Markup(
        '<rect class="stack {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
    )
    x, width = _x(one.second, last), (RIGHT - LEFT) / last + 0.3
    pieces = [(colour(v, versions), n) for v, n in one.answered.items()]
    pieces += [("stack-lost", one.n_lost)] if one.n_lost else []
    drawn, below = [], 0.0
    for style, n in pieces:
        height = n / top * (BOTTOM - TOP)
        below += height
        drawn.append(pattern.format(style, x, BOTTOM - below, width, height))
    return Markup("").join(drawn)


def _grid(top: float, last: int) -> Markup:
    line = Markup(
        '<line class="grid" x1="{0}" y1="{1:.1f}" x2="{2}" y2="{1:.1f}"/>'
        '<text x="{3}" y="{4:.1f}" text-anchor="end">{5:g}</text>'
    )
    rows = [
        line.format(LEFT, y := BOTTOM - v / top * (BOTTOM - TOP), RIGHT, 38, y + 4, v)
        for v in (0.0, top / 2, top)
    ]
    minute = Markup('<text x="{:.1f}" y="280" text-anchor="middle">{} min</text>')
    columns = [
        minute.format(_x(second, last), second // MINUTE_SECONDS)
        for second in range(MINUTE_SECONDS, last, MINUTE_SECONDS)
    ]
    name = Markup('<text class="axis" x="0" y="12">requests a second</text>')
    return Markup("").join([*rows, *columns, name])


def _moments(moments: Sequence[Moment], last: int) -> list[Markup]:
    """Numbered lines, each number in the first row where it covers no other."""
    pattern = Markup(
        '<path class="marker" d="M{0:.1f} {1:.1f}V{2}"/>'
        '<circle class="knob" cx="{0:.1f}" cy="{3:.1f}" r="{4}"/>'
        '<text class="number" x="{0:.1f}" y="{5:.1f}" text-anchor="middle">{6}</text>'
    )
    free, drawn = [0.0] * ROWS, []
    for number, moment in enumerate(moments, 1):
        x = _x(moment.second, last)
        row = next((r for r in range(ROWS) if free[r] <= x - RADIUS), ROWS - 1)
        free[row] = x + RADIUS + 1
        y = TOP - RADIUS - 2 - row * ROW_HEIGHT
        drawn.append(pattern.format(x, y + RADIUS, BOTTOM, y, RADIUS, y + 4, number))
    return drawn


def _legend(versions: Sequence[str]) -> Markup:
    """Which colour is whose, from the right."""
    pattern = Markup(
        '<rect class="stack {}" x="{:.0f}" y="2" width="11" height="11"/>'
        '<text x="{:.0f}" y="12">version {}</text>'
    )
    left = RIGHT - LEGEND_WIDTH * len(versions)
    places = [left + LEGEND_WIDTH * place for place in range(len(versions))]
    return Markup("").join(
        pattern.format(colour(version, versions), x, x + 16, version)
        for x, version in zip(places, versions, strict=True)
    )
