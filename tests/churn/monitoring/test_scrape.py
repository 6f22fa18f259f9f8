"""Samples of one moment, what was counted between two, and quantiles of buckets."""

from datetime import UTC, datetime

import pytest

from churn.monitoring.scrape import Scrape, quantile

AT = datetime(2026, 3, 1, tzinfo=UTC)
INFINITE = float("inf")


def scrape(*samples: tuple[str, dict[str, str], float]) -> Scrape:
    return Scrape(AT, {(n, frozenset(of.items())): value for n, of, value in samples})


def test_samples_are_added_up_over_the_labels_that_nobody_asked_for():
    found = scrape(
        ("requests", {"route": "a", "status": "200"}, 7.0),
        ("requests", {"route": "a", "status": "500"}, 2.0),
        ("requests", {"route": "b", "status": "200"}, 1.0),
    )

    assert found.total("requests") == 10
    assert found.total("requests", route="a") == 9
    assert found.total("strange") == 0
    assert found.has("requests")
    assert not found.has("strange")


def test_a_counter_that_fell_began_anew():
    before = scrape(("n", {"of": "a"}, 5.0), ("n", {"of": "b"}, 9.0))
    after = scrape(("n", {"of": "a"}, 8.0), ("n", {"of": "b"}, 4.0), ("n", {}, 2.0))

    counted = after.since(before)

    # 8 - 5, all 4 since the restart, and all 2 of one that was not there before.
    assert counted.total("n") == 3 + 4 + 2
    assert counted.total("n", of="b") == 4


@pytest.mark.parametrize(
    ("share", "seconds"),
    [
        (0.10, 0.05),  # rank 2 of the 4 in (0, 0.1]
        (0.50, 0.325),  # rank 10: 6 of the 16 - 4 in (0.1, 0.55]
        (0.80, 0.55),  # rank 16: the whole of it
        (0.95, 0.55),  # beyond the last finite bound
    ],
)
def test_a_quantile_lies_within_its_bucket(share: float, seconds: float):
    buckets = [(INFINITE, 20.0), (0.55, 16.0), (0.1, 4.0)]

    assert quantile(buckets, share) == pytest.approx(seconds)


@pytest.mark.parametrize("buckets", [[], [(0.1, 0.0), (INFINITE, 0.0)]])
def test_of_no_observations_there_is_no_quantile(buckets):
    assert quantile(buckets, 0.5) is None


def test_an_empty_bucket_is_passed_over():
    buckets = [(1.0, 0.0), (2.0, 0.0), (4.0, 2.0), (INFINITE, 2.0)]

    assert quantile(buckets, 0.5) == 3.0
    assert quantile(buckets, 0.0) == 2.0
