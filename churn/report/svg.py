"""The frame of every drawing: a title and a description for who cannot see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Words:
    """What a drawing is called and what it shows."""

    title: str
    description: str


def svg(
    words: Words, parts: Sequence[Markup], *, width: int, height: int, style: str
) -> Markup:
    """Frame the parts of a drawing that carries a message of its own."""
    pattern = Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
    )
    inside = Markup("").join(parts)
    return pattern.format(style, width, height, words.title, words.description, inside)


def path(ends: Sequence[tuple[float, float]]) -> str:
    """Join positions to the data of an SVG path.

    Examples
    --------
    >>> path([(0.0, 1.0), (2.0, 3.25)])
    'M0.0 1.0L2.0 3.2'
    """
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ends)


def share_of(span: tuple[float, float], value: float) -> float:
    """Where a value lies between two ends, 0 to 1; beyond an end it stays there.

    Examples
    --------
    >>> share_of((10.0, 20.0), 12.5), share_of((10.0, 20.0), 99.0)
    (0.25, 1.0)
    """
    low, high = span
    return (min(max(value, low), high) - low) / (high - low)
