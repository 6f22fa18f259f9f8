"""What Prometheus sees of the answers, summed over all workers of one server.

The workers share a folder, named by ``share_counters`` before this module is
imported; without it (a test, a full disk) the numbers are this process's own.
Labels are bounded: routes, statuses, arms, decisions and kinds of warnings are few.
"""

import os
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from serving.mapped import METRICS_FOLDER

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from serving.scoring import Scored

SECONDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005),
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
TENTHS = tuple(tenth / 10 for tenth in range(1, 11))
ALWAYS_THERE = (200, 500, 503)
DECISIONS = ("no_contact", "contact")

REQUESTS = Counter(
    "holdfast_requests", "Requests answered, by route and status.", ["route", "status"]
)
REQUEST_SECONDS = Histogram(
    "holdfast_request_seconds",
    "From the last byte of a request to its answer.",
    ["route"],
    buckets=SECONDS,
)
PREDICTIONS = Counter(
    "holdfast_predictions",
    "Customers answered, by the arm they belong to and the decision.",
    ["arm", "decision"],
)
SCORE = Histogram(
    "holdfast_score",
    "Probability of churn, by the arm that the customer belongs to.",
    ["arm"],
    buckets=TENTHS,
)
WARNINGS = Counter("holdfast_warnings", "What was unusual about values.", ["kind"])
FAILURES = Counter(
    "holdfast_challenger_failures",
    "Customers of a canary whom the champion answered, as the challenger could not.",
)
FEEDBACK = Counter("holdfast_feedback", "Truths and rewards received.")
LOGGED = Counter("holdfast_log_records", "Records appended to the prediction log.")
NOT_LOGGED = Counter(
    "holdfast_log_lost_records", "Records that the prediction log could not take."
)
REFUSED = Counter(
    "holdfast_release_refused", "Releases or challengers refused; the old one serves."
)
VETOES = Counter(
    "holdfast_challenger_vetoes", "Challengers that this server itself took out."
)


class Requests:
    """Counts requests; labels are looked up once each."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, int], Counter] = {}
        self._seconds: dict[str, Histogram] = {}
        # Who reads growth sees none in a counter that appears with its first failure.
        for status in ALWAYS_THERE:
            REQUESTS.labels("predict", str(status))

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        counter = self._counters.get((route, status))
        if counter is None:
            counter = REQUESTS.labels(route, str(status))
            self._counters[route, status] = counter
            self._seconds[route] = REQUEST_SECONDS.labels(route)
        counter.inc()
        self._seconds[route].observe(seconds)


class Tallies:
    """Counts answers; labels are looked up once each."""

    def __init__(self) -> None:
        self.feedback, self.logged, self.not_logged = FEEDBACK, LOGGED, NOT_LOGGED
        arms = ("champion", "challenger")
        self._score = {arm: SCORE.labels(arm) for arm in arms}
        self._predictions = {
            (arm, is_contacted): PREDICTIONS.labels(arm, DECISIONS[is_contacted])
            for arm in arms
            for is_contacted in (False, True)
        }

    def count(self, found: "Sequence[Scored]") -> None:
        """Count the answers to one request."""
        if len(found) == 1:
            one = found[0]
            self._predictions[one.arm, one.is_contacted].inc()
            self._score[one.arm].observe(one.probability)
        else:
            self._count_many(found)
        _count_warnings(chain.from_iterable(scored.warnings for scored in found))
        for scored in found:
            if scored.failed is not None:
                FAILURES.inc()

    def _count_many(self, found: "Sequence[Scored]") -> None:
        decided = Counts((scored.arm, scored.is_contacted) for scored in found)
        for key, n in decided.items():
            self._predictions[key].inc(n)
        for arm, histogram in self._score.items():
            scores = [scored.probability for scored in found if scored.arm == arm]
            observe_all(histogram, scores)


def observe_all(histogram: Histogram, values: Sequence[float]) -> None:
    """As ``observe`` for each value, with one addition a bucket instead of a value."""
    if not values:
        return
    bounds = histogram._upper_bounds  # noqa: SLF001 (it has no public way in bulk)
    for place, n in Counts(bisect_left(bounds, value) for value in values).items():
        histogram._buckets[place].inc(n)  # noqa: SLF001
    histogram._sum.inc(sum(values))  # noqa: SLF001


def _count_warnings(warnings: Iterable[str]) -> None:
    for warning, n in Counts(warnings).items():
        WARNINGS.labels(warning.partition(":")[0]).inc(n)


class _Given(Collector):
    """Metrics that were computed for this scrape."""

    def __init__(self, metrics: "Sequence[Metric]") -> None:
        self._metrics = metrics

    def collect(self) -> "Iterator[Metric]":
        return iter(self._metrics)


def exposition(more: "Sequence[Metric]") -> bytes:
    """The metrics of all workers, and those given, in Prometheus's text format."""
    registry = CollectorRegistry()
    is_shared = METRICS_FOLDER in os.environ
    if is_shared:
        MultiProcessCollector(registry)
    registry.register(_Given(more))
    own = b"" if is_shared else generate_latest(REGISTRY)
    return own + generate_latest(registry)
