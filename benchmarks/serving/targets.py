"""What the measured figures have to reach, and whether they do."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A bound of a figure; ``is_floor``: from above, else from below."""

    meaning: str
    bound: float
    unit: str
    is_floor: bool

    def held(self, value: float) -> bool:
        """Whether a figure reaches the bound."""
        return value >= self.bound if self.is_floor else value <= self.bound

    @property
    def text(self) -> str:
        """The bound as one reads it."""
        sign = "≥" if self.is_floor else "≤"
        return f"{sign} {written(self.bound)} {self.unit}"


def at_least(meaning: str, bound: float, unit: str) -> Target:
    """A figure that is better the larger it is."""
    return Target(meaning, bound, unit, is_floor=True)


def at_most(meaning: str, bound: float, unit: str) -> Target:
    """A figure that is better the smaller it is."""
    return Target(meaning, bound, unit, is_floor=False)


TARGETS: Mapping[str, Target] = {
    "rate": at_least("requests at 16 connections", 8000, "per second"),
    "half": at_most("p99 at half load", 2, "ms"),
    "fastapi": at_least("of FastAPI's requests per second", 20, "times"),
    "seldon": at_least("of the seldon-core wrapper's", 10, "times"),
    "mlflow": at_least("of mlflow models serve's", 5, "times"),
    "mlserver": at_least("of MLServer's", 5, "times"),
    "call": at_most("model call of one row, p50", 40, "µs"),
    "batch": at_most("1,000 customers in one request, p50", 10, "ms"),
    "shadow": at_most("champion's p99 with a shadow to without", 1.05, "times"),
    "start": at_most("start of the process to ready", 1.5, "s"),
    "memory": at_most("memory of a worker", 150, "MB"),
    "memory_reasons": at_most("memory of a worker that gave reasons", 260, "MB"),
}


@dataclass(frozen=True)
class Figure:
    """A measured value, and what else is to be said of it."""

    value: float
    note: str = ""


def missed(figures: Mapping[str, Figure]) -> list[str]:
    """The names of the measured figures that do not reach their targets."""
    return [n for n, figure in figures.items() if not TARGETS[n].held(figure.value)]


def written(value: float) -> str:
    """Three digits where there are no more before the point.

    Examples
    --------
    >>> written(12345.6), written(21.52), written(0.01234), written(2.0)
    ('12,346', '21.5', '0.0123', '2')
    """
    if abs(value) >= 1000:  # noqa: PLR2004 (from here on no digits after the point)
        return f"{value:,.0f}"
    return f"{value:.3g}"
