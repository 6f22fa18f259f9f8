"""What is wrong with a bucket, tried on a real S3 server."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from cli.doctor.buckets import bucket_checks
from storage.objects import open_objects
from tests.cli.doctor.cases import NOW, case, notes, problems
from tests.cli.doctor.tls_servers import Authority, dead_port, web_server

WRONG = "sesame-street"


def stored(environ, address="s3://holdfast/doctor", *, is_quick=False, **changed):
    return case(
        stores={"tables": address}, environ={**environ, **changed}, is_quick=is_quick
    )


def told(environ, *given, **changed):
    return problems(bucket_checks, stored(environ, *given, **changed))


def test_folders_are_no_buckets():
    assert list(bucket_checks(case(stores={"tables": "/data/tables"}))) == []


@pytest.mark.server
def test_a_bucket_that_is_ready_is_well_and_holds_nothing_afterwards(s3):
    assert told(s3) == []
    assert open_objects("s3://holdfast/doctor", environ=s3).list() == []


@pytest.mark.server
def test_before_a_run_nothing_is_written(s3):
    assert told(s3, is_quick=True) == []


@pytest.mark.server
def test_a_wrong_secret_and_no_keys_and_a_missing_bucket_are_told_apart(s3):
    (wrong,) = told(s3, AWS_SECRET_ACCESS_KEY=WRONG)
    (none,) = told(s3, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    (missing,) = told(s3, "s3://no-such-bucket/tables")

    assert "knows another AWS_SECRET_ACCESS_KEY for this AWS_ACCESS_KEY_ID" in wrong
    assert "sesame" not in wrong
    assert "no keys are given; put AWS_ACCESS_KEY_ID and AWS_SECRET_ACC" in none
    assert "has no bucket no-such-bucket; make it (aws s3 mb s3://no-such" in missing


@pytest.mark.server
def test_the_artifact_store_is_asked_with_its_own_keys(s3):
    def artifacts(secret):
        given = {
            "path": "s3://holdfast/artifacts",
            "key": "{{shop.ID}}",
            "secret": "{{shop.SECRET}}",
            "client_kwargs": {"endpoint_url": s3["AWS_ENDPOINT_URL"]},
        }
        held = {"shop": {"ID": s3["AWS_ACCESS_KEY_ID"], "SECRET": secret}}
        parts = {"artifact_store": {"flavor": "s3", "configuration": given}}
        return problems(bucket_checks, case(parts, held=held))

    (line,) = artifacts("sesame-street")

    assert line.startswith("components.artifact_store: ")
    assert "knows another AWS_SECRET_ACCESS_KEY" in line
    assert artifacts(s3["AWS_SECRET_ACCESS_KEY"]) == []


def test_a_dead_endpoint_is_named():
    port = dead_port()
    environ = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ALLOW_HTTP": "true"}

    (line,) = told(environ)

    assert line.startswith(f"stores.tables: nobody listens at 127.0.0.1:{port}; ")


def test_plain_http_that_nobody_allowed_is_told_before_it_fails():
    (line,) = told({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})

    assert 'say AWS_ALLOW_HTTP: "true" in `environment`, or use https://' in line


def test_clocks_that_differ_by_more_than_servers_bear_are_told():
    def skewed(**by):
        theirs = {"Date": format_datetime(NOW - timedelta(**by), usegmt=True)}
        with web_server({"/": (403, "")}, headers=theirs) as url:
            environ = {"AWS_ENDPOINT_URL": url, "AWS_ALLOW_HTTP": "true"}
            found = stored(environ)
            return problems(bucket_checks, found), notes(bucket_checks, found)

    wrong, _ = skewed(days=1, minutes=1)
    _, remarked = skewed(minutes=5)

    assert "differ by 86,4" in wrong[0]
    assert wrong[0].endswith("set the clock of the one that is wrong (NTP)")
    assert "differ by" in remarked[0]


def test_an_expired_certificate_of_the_store_is_told(tmp_path):
    authority = Authority(tmp_path)
    certificate = authority.certificate(days=(-30, -1))

    with web_server({}, certificate=certificate) as url:
        (line,) = told({"AWS_ENDPOINT_URL": url, "SSL_CERT_FILE": str(authority.path)})

    assert "expired on 20" in line


def test_who_asks_for_artifacts_is_told_of_authorities_by_another_variable(tmp_path):
    certificate = Authority(tmp_path).certificate()

    with web_server({}, certificate=certificate) as url:
        given = {"path": "s3://shop/artifacts", "client_kwargs": {"endpoint_url": url}}
        parts = {"artifact_store": {"flavor": "s3", "configuration": given}}
        stores = {"tables": "s3://shop/tables"}
        of_both = case(parts, stores=stores, environ={"AWS_ENDPOINT_URL": url})
        artifacts, tables = problems(bucket_checks, of_both)

    assert artifacts.endswith("by the variable AWS_CA_BUNDLE")
    assert tables.endswith("by the variable SSL_CERT_FILE")
