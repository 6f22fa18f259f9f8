"""Addresses of online stores."""

import pytest

from churn.errors import ConfigError
from storage.online.redis_address import PASSWORD_VARIABLE, parsed
from tests.storage.online.contract import opened

SECRET = "s3cret-word"  # noqa: S105 (nobody's)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "HOLDFAST_ONLINE_URL is not set"),
        ("reddis://localhost", "nearest is redis"),
        ("postgresql://localhost", "known are redis, rediss, sqlite"),
        ("sqlite://x.db", "expected sqlite:///PATH"),
        ("sqlite:///", "expected sqlite:///PATH"),
        ("redis:///0", "expected redis://HOST:PORT/DB"),
        ("redis://localhost:6379/a", "expected redis://HOST:PORT/DB"),
        ("redis://localhost:6379/-1", "expected redis://HOST:PORT/DB"),
        ("rediss://localhost:65536/0", "expected rediss://HOST:PORT/DB"),
    ],
)
def test_an_address_that_is_none_is_refused(url, message):
    with pytest.raises(ConfigError, match=message):
        opened(url)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://me:{SECRET}@localhost:port/0",
        f"redis://localhost:6379/0?password={SECRET}",
        f"redis:/me:{SECRET}@localhost/0",
        f"redis://me:{SECRET}/word@localhost/0",
        f"sqlite://me:{SECRET}@localhost/x.db",
    ],
)
def test_a_url_that_cannot_be_used_is_not_repeated(url):
    with pytest.raises(ConfigError) as caught:
        opened(url)

    assert SECRET not in str(caught.value)


def test_the_parts_of_an_address_are_found_and_the_password_is_not_shown():
    address = parsed("rediss://me:p%40ss@[::1]:7000/2", environ={})

    assert (address.host, address.port, address.db) == ("::1", 7000, 2)
    assert (address.username, address.password) == ("me", "p@ss")
    assert str(address) == "rediss://me@[::1]:7000/2"
    assert "p@ss" not in repr(address)


def test_the_password_of_the_url_goes_before_that_of_the_environment():
    environ = {PASSWORD_VARIABLE: SECRET}

    own = parsed("redis://:own@localhost", environ=environ)
    other = parsed("redis://localhost", environ=environ)

    assert [own.password, other.password] == ["own", SECRET]
    assert str(other) == "redis://localhost:6379/0"
