"""What Prometheus would see of a server at one moment, and between two."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Scrape:
    """All samples of one look, by name and labels."""

    at: datetime
    samples: Mapping[tuple[str, Labels], float]

    def total(self, name: str, **labels: str) -> float:
        """Sum of the samples of a name that carry these labels; 0 of none."""
        return sum(value for _, value in self.of(name, **labels))

    def of(self, name: str, **labels: str) -> list[tuple[Mapping[str, str], float]]:
        """Labels and value of each sample of a name that carries these labels."""
        asked = frozenset(labels.items())
        return [
            (dict(found), value)
            for (told, found), value in self.samples.items()
            if told == name and asked <= found
        ]

    def has(self, name: str) -> bool:
        """Whether any sample bears the name."""
        return any(told == name for told, _ in self.samples)

    def since(self, before: "Scrape") -> "Scrape":
        """What was counted between an earlier look and this one.

        A counter that fell began anew, by its process or its server; what it shows now
        was counted since then (as ``increase`` of Prometheus reads it). Of gauges the
        differences mean nothing.
        """
        return Scrape(self.at, dict(_increases(self.samples, before.samples)))


def quantile(buckets: Iterable[tuple[float, float]], share: float) -> float | None:
    """A quantile of a histogram of cumulative counts.

    Parameters
    ----------
    buckets : iterable of (float, float)
        Upper bound and count of all observations up to it; the last bound is infinite.
    share : float
        Between 0 and 1.

    Returns
    -------
    float or None
        Linear within its bucket, which begins at 0 for the first; the largest finite
        bound where it lies beyond that. None of no observations.

    Notes
    -----
    As ``histogram_quantile`` of Prometheus [1]_, so that page and dashboard agree.

    References
    ----------
    .. [1] https://prometheus.io/docs/prometheus/latest/querying/functions/
    """
    ordered = sorted(buckets)
    if not ordered or ordered[-1][1] <= 0:
        return None
    rank = share * ordered[-1][1]
    lower, below = 0.0, 0.0
    for upper, count in ordered:
        if count >= rank and count > below:
            if math.isinf(upper):
                return lower
            return lower + (upper - lower) * (rank - below) / (count - below)
        lower, below = upper, count
    return lower


def _increases(
    current: Mapping[tuple[str, Labels], float],
    before: Mapping[tuple[str, Labels], float],
) -> Iterable[tuple[tuple[str, Labels], float]]:
    for key, value in current.items():
        earlier = before.get(key, 0.0)
        yield key, value - earlier if value >= earlier else value
