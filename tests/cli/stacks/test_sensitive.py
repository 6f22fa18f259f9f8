import pytest

from churn.errors import ConfigError
from cli.stacks.sensitive import (
    check_no_password,
    check_no_secret,
    holds_password,
    references,
)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://me:hush@host/db",
        "redis://:hush@host:6379/0",
        "mysql+pymysql://host/db?password=hush",
        "s3://bucket/x?aws_secret_access_key=hush",
    ],
)
def test_an_address_with_a_password_is_refused_without_repeating_it(address):
    with pytest.raises(ConfigError, match="HOLDFAST_LEDGER_PASSWORD") as caught:
        check_no_password(address, "s.yaml: stores.ledger")

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://me@host/db?sslmode=verify-full",
        "sqlite:////a/b:c@d/ledger.db",
        "s3://bucket/path",
        "local[*]",
        "http://models/{namespace}/{name}",
        "http://[broken",
    ],
)
def test_an_address_without_a_password_is_none(address):
    assert not holds_password(address)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("HOLDFAST_CRM_PASSWORD", "x"),
        ("SLACK_TOKEN", "x"),
        ("HOLDFAST_KEYS", "plain"),
    ],
)
def test_what_looks_like_a_secret_belongs_in_one(name, value):
    with pytest.raises(ConfigError, match=f"belongs in a secret, as its key {name}"):
        check_no_secret(name, value, "s.yaml: environment")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_REGION", "us-east-1"),
        ("HOLDFAST_TRUSTED_KEYS", "file:/etc/holdfast/keys"),
        ("HOLDFAST_SIGNING_KEY", "env:SIGNING"),
    ],
)
def test_a_plain_value_and_a_reference_may_stand_there(name, value):
    check_no_secret(name, value, "s.yaml: environment")


def test_references_are_found_wherever_they_are():
    found = references({"a": "{{ one.KEY }}", "b": [{"c": "x{{two.A_B}}"}], "d": 1})

    assert found == [("one", "KEY"), ("two", "A_B")]
