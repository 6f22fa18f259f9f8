"""Keys: who may ask what, until when, and how keys are replaced while all goes on."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from churn.errors import ConfigError
from serving.keys import Key, add_key, presented, read_keys
from tests.serving.running import asked
from tests.serving.served import InProcess, in_process, small


def guarded(tmp_path) -> InProcess:
    return in_process(
        tmp_path, small(tmp_path, 1.0), keys=str(tmp_path / "keys" / "keys.json")
    )


def add(tmp_path, name="shop", *scopes, until=None) -> str:
    keys = tmp_path / "keys" / "keys.json"
    return add_key(keys, name, scopes=scopes or ["predict"], expires_at=until)


def later(server: InProcess) -> None:
    """Let the server look at its keys again."""
    assert server.application._keys is not None
    server.application._keys._due = 0.0


def test_only_who_brings_a_key_is_answered(tmp_path):
    key = add(tmp_path)
    server = guarded(tmp_path)

    assert server.post(asked(0.5)).status == 401
    assert server.post(asked(0.5), x_api_key="holdfast_guess").status == 401
    assert server.post(asked(0.5), x_api_key=key).status == 200
    assert server.post(asked(0.5), authorization=f"Bearer {key}").status == 200


def test_a_refusal_says_how_to_bring_a_key(tmp_path):
    add(tmp_path)

    answer = guarded(tmp_path).post(asked(0.5))

    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "X-API-Key" in answer.json["detail"]


def test_two_different_keys_are_none():
    headers = {b"x-api-key": b"a", b"authorization": b"Bearer b"}

    assert presented(headers) == b""
    assert presented(headers | {b"x-api-key": b"b"}) == b"b"
    assert presented({b"authorization": b"Basic b", b"x-api-key": b"b"}) == b""


def test_a_key_does_what_its_scopes_say(tmp_path):
    key = add(tmp_path, "prometheus", "metrics")
    server = guarded(tmp_path)

    refused = server.post(asked(0.5), x_api_key=key)

    assert refused.status == 403
    assert "predict" in refused.json["detail"]
    assert server.ask("GET", "/metrics", b"", x_api_key=key).status == 200
    assert server.ask("PUT", "/release", b"{}", x_api_key=key).status == 403


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/docs", "/openapi.json", "/v2"]
)
def test_health_and_documents_are_open(tmp_path, path):
    add(tmp_path)

    assert guarded(tmp_path).ask("GET", path, b"").status == 200


def test_a_key_ends_when_it_was_to_end(tmp_path):
    now = datetime.now(UTC)
    past = add(tmp_path, "past", until=now - timedelta(seconds=1))
    future = add(tmp_path, "future", until=now + timedelta(hours=1))
    server = guarded(tmp_path)

    assert server.post(asked(0.5), x_api_key=future).status == 200
    expired = server.post(asked(0.5), x_api_key=past)
    assert expired.status == 401
    assert "expired" in expired.json["detail"]


def test_keys_are_added_and_taken_away_without_a_restart(tmp_path):
    old = add(tmp_path, "old")
    server = guarded(tmp_path)
    new = add(tmp_path, "new")
    later(server)

    assert server.post(asked(0.5), x_api_key=new).status == 200

    path = tmp_path / "keys" / "keys.json"
    path.write_bytes(msgspec.json.encode(read_keys(path)[1:]))
    later(server)
    assert server.post(asked(0.5), x_api_key=old).status == 401
    assert server.post(asked(0.5), x_api_key=new).status == 200


def test_a_broken_file_leaves_the_keys_as_they_were(tmp_path, capsys):
    key = add(tmp_path)
    server = guarded(tmp_path)
    (tmp_path / "keys" / "keys.json").write_text("[{")
    later(server)

    assert server.post(asked(0.5), x_api_key=key).status == 200
    assert "the keys stay as they were" in capsys.readouterr().err


def test_only_the_hash_of_a_key_is_kept_for_its_owner(tmp_path):
    text = add(tmp_path)

    path = tmp_path / "keys" / "keys.json"
    (key,) = read_keys(path)

    assert text not in path.read_text()
    assert key == Key(
        "shop", hashlib.sha256(text.encode()).hexdigest(), ("predict",), None
    )
    assert path.stat().st_mode & 0o077 == 0


def test_a_name_is_given_once(tmp_path):
    add(tmp_path)

    with pytest.raises(ConfigError, match="a key shop already"):
        add(tmp_path)


def test_an_unknown_scope_names_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match="nearest is predict"):
        add(tmp_path, "shop", "predcit")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "keygen"),
        (b"{}", "expected a list of keys"),
        (b'[{"name":"a","sha256":"b","scopes":["all"],"expires_at":null}]', "all"),
        (
            b'[{"name":"a","sha256":"b","scopes":[],"expires_at":"2030-01-01T00:00:00"}]',
            "time zone",
        ),
    ],
)
def test_a_file_of_keys_that_is_none_is_told_in_a_line(tmp_path, content, told):
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=told) as raised:
        read_keys(path)

    assert "\n" not in str(raised.value)


def test_a_worker_that_starts_beside_a_broken_file_lets_nobody_in_until_it_is_mended(
    tmp_path, capsys
):
    key = add(tmp_path)
    path = tmp_path / "keys" / "keys.json"
    good = path.read_bytes()
    path.write_text("[{")
    server = guarded(tmp_path)

    assert server.post(asked(0.5), x_api_key=key).status == 401
    assert server.ask("GET", "/health/ready", b"").status == 200
    assert "expected a list of keys" in capsys.readouterr().err
    path.write_bytes(good)
    later(server)
    assert server.post(asked(0.5), x_api_key=key).status == 200
