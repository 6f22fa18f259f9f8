"""The plane a chart is drawn on: scales, ticks, grid; in units of the viewBox."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from churn.report.formats import Format, tick
from churn.report.svg import share_of

WIDTH = 360
HEIGHT = 250
TOP = 38
BOTTOM = 42
RIGHT = 14
CHARACTER = 8.0
NICE_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
TICKS = 4


@dataclass(frozen=True)
class Scale:
    """What an axis shows and how its ticks are written."""

    label: str
    form: Format


@dataclass(frozen=True)
class Axis:
    """A scale with its ticks; it begins and ends on one."""

    scale: Scale
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies between both ends, 0 to 1."""
        return share_of((self.ticks[0], self.ticks[-1]), value)

    def tick_labels(self) -> tuple[str, ...]:
        """Write the ticks as text."""
        step = self.ticks[1] - self.ticks[0]
        return tuple(tick(value, self.scale.form, step) for value in self.ticks)


def nice_ticks(low: float, high: float) -> tuple[float, ...]:
    """Round values that enclose ``low`` and ``high`` in about four steps.

    Examples
    --------
    >>> nice_ticks(0.0, 0.93)
    (0.0, 0.25, 0.5, 0.75, 1.0)
    >>> nice_ticks(-150.0, 2100.0)
    (-1000.0, 0.0, 1000.0, 2000.0, 3000.0)
    >>> nice_ticks(2.0, 2.0)
    (1.0, 1.5, 2.0, 2.5, 3.0)
    """
    if high <= low:
        low, high = low - (abs(low) / 2 or 1), high + (abs(high) / 2 or 1)
    raw = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(s for s in NICE_STEPS if s * power >= raw * (1 - 1e-9))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return tuple(round(place * step, 12) + 0.0 for place in range(first, last + 1))


def spanning(scale: Scale, values: Iterable[float | None]) -> Axis:
    """Build the axis that shows all ``values``, undefined ones left out."""
    known = [value for value in values if value is not None]
    return Axis(scale, nice_ticks(min(known), max(known)))


@dataclass(frozen=True)
class Plane:
    """Two axes and the place they take."""

    x: Axis
    y: Axis
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def left(self) -> float:
        """Where the plot begins: as far in as the longest tick label needs."""
        return 12 + CHARACTER * max(len(label) for label in self.y.tick_labels())

    @property
    def right(self) -> float:
        """Where the plot ends."""
        return self.width - RIGHT

    @property
    def bottom(self) -> float:
        """Where the horizontal axis lies."""
        return self.height - BOTTOM

    def at_x(self, value: float) -> float:
        """Horizontal position of a value."""
        return self.left + self.x.share(value) * (self.right - self.left)

    def at_y(self, value: float) -> float:
        """Vertical position of a value."""
        return self.bottom - self.y.share(value) * (self.bottom - TOP)

    def grid(self) -> Markup:
        """Draw grid lines, tick labels and axis labels."""
        return Markup("").join([*self._rows(), *self._columns(), self._names()])

    def _rows(self) -> list[Markup]:
        pattern = Markup(
            '<line class="grid" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>'
            '<text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>'
        )
        return [
            pattern.format(
                self.left, y := self.at_y(value), self.right, y, self.left - 6, y + 4, s
            )
            for value, s in zip(self.y.ticks, self.y.tick_labels(), strict=True)
        ]

    def _columns(self) -> list[Markup]:
        pattern = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
        return [
            pattern.format(self.at_x(value), self.bottom + 17, label)
            for value, label in zip(self.x.ticks, self.x.tick_labels(), strict=True)
        ]

    def _names(self) -> Markup:
        return Markup(
            '<text class="axis" x="0" y="12">{}</text>'
            '<text class="axis" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>'
        ).format(self.y.scale.label, self.right, self.height - 6, self.x.scale.label)
