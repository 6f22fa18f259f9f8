import json
import os
import shlex
from pathlib import Path

import pytest

from churn.errors import UsageError
from churn.scoring.bundle import open_bundle
from churn.scoring.example import example_customer
from cli.serve import greeting, run_server
from tests.conftest import CHECKOUT
from tests.serving.small_bundles import small_bundle


@pytest.fixture
def bundle(tmp_path: Path):
    return open_bundle(Path(small_bundle(tmp_path / "one", 1.0).bundle_uri))


def test_the_command_line_asks_for_a_customer_with_nothing_unusual(bundle):
    line, more = greeting(bundle, "http://localhost:8123", has_keys=False).splitlines()

    words = shlex.split(line)
    body = json.loads(words[-1])
    assert words[:3] == ["curl", "-s", "http://localhost:8123/predict?reasons=3"]
    assert body == example_customer(bundle)
    assert bundle.inputs.columns([body["values"]])[1] == ((),)
    assert more == "more: http://localhost:8123/docs; Ctrl-C ends the server"


def test_with_keys_the_command_line_sends_one(bundle):
    line = greeting(bundle, "http://localhost:8123", has_keys=True).splitlines()[0]

    assert ' -H "X-API-Key: $KEY" ' in line


@pytest.mark.parametrize(
    ("host", "options", "asked"),
    [
        ("127.0.0.1", (), "127.0.0.1"),
        ("::", ("--keys=keys.json",), "[::1]"),
        ("10.0.0.7", ("--keys", "keys.json"), "10.0.0.7"),
    ],
)
def test_nothing_is_said_before_the_server_says_it(
    tmp_path: Path, monkeypatch, capsys, host, options, asked
):
    released = small_bundle(tmp_path / "one", 1.0)
    started = []
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    monkeypatch.delenv("HOLDFAST_KEYS", raising=False)
    monkeypatch.setattr("cli.serve._champion", lambda *_: released)
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setattr(os, "execve", lambda *words: started.append(words[1]))

    run_server(CHECKOUT, "telco", "local", host=host, port=81, options=options)

    (words,) = started
    told = words[words.index("--greeting") + 1]
    assert capsys.readouterr().out == ""
    assert words[words.index("--host") + 1] == host
    assert f"http://{asked}:81/predict" in told
    assert ("X-API-Key" in told) == bool(options)
    assert words[len(words) - len(options) :] == list(options)


def test_before_anything_is_in_production_the_way_there_is_told(
    tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))

    with pytest.raises(UsageError, match="no version of telco on stack local is in"):
        run_server(CHECKOUT, "telco", "local", host="127.0.0.1", port=1, options=())
