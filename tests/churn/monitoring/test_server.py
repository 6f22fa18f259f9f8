"""A server's health from its samples, worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from churn.monitoring.scrape import Scrape
from churn.monitoring.server import ServedVersion, health_of

START = datetime(2026, 3, 1, tzinfo=UTC)


def samples(n: float, *, without: tuple[str, ...] = ()) -> dict:
    """What a server shows ``n`` hundred seconds after its start."""

    def one(name: str, value: float, **labels: str):
        return (name, frozenset(labels.items())), value

    found = (
        one("holdfast_start_time_seconds", START.timestamp()),
        one("holdfast_requests_total", 180 * n, route="predict", status="200"),
        one("holdfast_requests_total", 10 * n, route="v2_infer", status="503"),
        one("holdfast_requests_total", 10 * n, route="predict", status="422"),
        one("holdfast_requests_total", 99 * n, route="metrics", status="200"),
        one("holdfast_predictions_total", 300 * n, arm="champion", decision="contact"),
        one("holdfast_predictions_total", 900 * n, arm="x", decision="no_contact"),
        one("holdfast_request_seconds_bucket", 100 * n, route="predict", le="0.01"),
        one("holdfast_request_seconds_bucket", 190 * n, route="predict", le="0.02"),
        one("holdfast_request_seconds_bucket", 190 * n, route="predict", le="+Inf"),
        one("holdfast_request_seconds_bucket", 0.0, route="v2_infer", le="0.01"),
        one("holdfast_request_seconds_bucket", 10 * n, route="v2_infer", le="0.02"),
        one("holdfast_request_seconds_bucket", 10 * n, route="v2_infer", le="+Inf"),
        one("holdfast_request_seconds_bucket", 99 * n, route="metrics", le="+Inf"),
        one("process_cpu_seconds_total", 30 * n, process="worker"),
        one("process_cpu_seconds_total", 20 * n, process="observer"),
        one("process_resident_memory_bytes", 2e8, process="worker"),
        one("process_resident_memory_bytes", 1e8, process="observer"),
        one("holdfast_processes", 2.0, process="worker"),
        one("holdfast_release_sequence", 7.0),
        one("holdfast_release_readable", 1.0),
        one("holdfast_log_shippable", 1.0),
        one("holdfast_log_bytes", 4096.0),
        one(
            "holdfast_model_info",
            1.0,
            model="churn-shop",
            version="4",
            arm="champion",
            mode="live",
            bundle_sha256="abc",
        ),
    )
    return {key: value for key, value in found if key[0] not in without}


def at(n: float, **options: tuple[str, ...]) -> Scrape:
    return Scrape(START + timedelta(seconds=100 * n), samples(n, **options))


def test_rates_are_of_those_who_asked_for_scores():
    health = health_of("http://x", at(4), None)

    told = health.since_start
    assert health.started_at == START
    assert (told.seconds, told.requests_per_second) == (400, 2.0)
    assert told.predictions_per_second == 12.0
    assert told.error_share == 10 / 200
    assert told.contact_share == 0.25
    assert told.cpu_cores == 0.5
    # Of 200 requests 100 took up to 10 ms, and the other 100 up to 20 ms.
    assert told.p50_seconds == pytest.approx(0.010)
    assert told.p95_seconds == pytest.approx(0.019)
    assert health.recent is None


def test_what_is_recent_happened_between_two_looks():
    before = at(4)
    after = replace(at(5), at=before.at + timedelta(seconds=50))

    recent = health_of("http://x", after, before).recent

    assert recent is not None
    assert (recent.seconds, recent.requests_per_second) == (50, 4.0)
    assert recent.cpu_cores == 1.0


def test_model_versions_and_resources_are_told():
    health = health_of("http://x", at(1), None)

    (served,) = health.versions
    assert served == ServedVersion(
        arm="champion", version="4", mode="live", bundle_sha256="abc"
    )
    assert (health.model, health.release_sequence) == ("churn-shop", 7)
    assert (health.n_workers, health.resident_bytes) == (2, 300_000_000)
    assert (health.log_bytes, health.troubles) == (4096, ())


def test_a_server_that_nobody_asked_has_no_shares_and_no_times():
    health = health_of("http://x", at(0), None)

    told = health.since_start
    assert told.requests_per_second == 0
    assert (told.error_share, told.contact_share, told.p99_seconds) == (None,) * 3


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("holdfast_release_readable", 0.0, "the release cannot be read"),
        ("holdfast_log_shippable", 0.0, "the prediction log cannot be shipped"),
        ("holdfast_log_lost_records_total", 3.0, "3 records of the log are lost"),
    ],
)
def test_what_is_wrong_is_said(name: str, value: float, told: str):
    found = Scrape(START, {**samples(1), (name, frozenset()): value})

    assert health_of("http://x", found, None).troubles == (told,)


def test_a_server_may_be_without_a_release():
    without = ("holdfast_release_sequence", "holdfast_model_info")

    health = health_of("http://x", at(1, without=without), None)

    assert (health.model, health.release_sequence, health.versions) == (None, None, ())
    assert health.troubles == ("no release is served",)
