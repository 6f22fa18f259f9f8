"""What the server says of itself, and a release that is pushed to it."""

import json
import re
from html import unescape

import msgspec
import pytest

from serving.keys import add_key
from storage.release import FORMAT_VERSION
from tests.serving.served import CUSTOMER, in_process, shop, small
from tests.serving.small_bundles import MODEL, release_of


def test_what_is_served_is_told(tmp_path):
    server = in_process(
        tmp_path, small(tmp_path, 1.0), small(tmp_path, 2.0), weight=0.2
    )

    told = server.ask("GET", "/release", b"").json["serving"]

    assert (told["model"], told["sequence"], told["mode"]) == (MODEL, 7, "canary")
    assert told["weight"] == 0.2
    assert told["champion"]["version"] == "1.0"
    assert told["challenger"]["version"] == "2.0"
    assert told["champion"]["features"] == ["tenure"]


def pushed(sequence: int, model: str = MODEL) -> bytes:
    release = release_of(None, sequence=sequence, model=model)
    return msgspec.json.encode(
        {"format_version": FORMAT_VERSION} | msgspec.to_builtins(release)
    )


@pytest.fixture
def keyed(tmp_path):
    keys = tmp_path / "keys.json"
    key = add_key(keys, "deployer", scopes=["release"], expires_at=None)
    server = in_process(tmp_path, small(tmp_path, 1.0), keys=str(keys))
    return server, key


def test_a_pushed_release_is_left_for_the_supervisor(keyed, monkeypatch):
    server, key = keyed
    monkeypatch.setattr("serving.operating.VERDICT_SECONDS", 0.0)

    answer = server.ask("PUT", "/release", pushed(9), x_api_key=key)

    assert answer.status == 202
    assert json.loads(server.state.pushed.read_bytes()) == json.loads(pushed(9))


def test_a_pushed_release_that_is_served_is_done(keyed):
    server, key = keyed

    assert server.ask("PUT", "/release", pushed(7), x_api_key=key).status == 200


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        (pushed(6), 409, "sequence"),
        (pushed(9, "another"), 422, "model"),
        (pushed(7).replace(b"hash of 7", b"another"), 409, "ledger_hash"),
        (b"{}", 422, None),
        (b"\xff", 422, None),
        (pushed(9)[:-1] + b',"more":1}', 422, None),
    ],
)
def test_a_release_that_cannot_follow_is_refused(keyed, content, status, field):
    server, key = keyed

    answer = server.ask("PUT", "/release", content, x_api_key=key)

    assert (answer.status, answer.json.get("field")) == (status, field)
    assert not server.state.pushed.exists()


def test_a_server_without_keys_takes_no_pushed_release(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.ask("PUT", "/release", pushed(9))

    assert (answer.status, answer.json["title"]) == (403, "Not allowed")
    assert "start it with --keys" in answer.json["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/predict", "POST"),
        ("POST", "/metrics", "GET, HEAD"),
        ("DELETE", "/release", "GET, PUT, HEAD"),
        ("GET", f"/v2/models/{MODEL}/infer", "POST"),
    ],
)
def test_another_method_is_told_which_there_are(tmp_path, method, path, allowed):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.ask(method, path, b"")

    assert (answer.status, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path", ["/predict/", "/predict/more", "/v2/models", "/v2/models/"]
)
def test_a_path_that_leads_nowhere_is_said(tmp_path, path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    assert server.ask("GET", path, b"").status == 404


def test_the_root_leads_to_the_documents(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.ask("GET", "/", b"")

    assert (answer.status, answer.headers["location"]) == (307, "docs")
    assert answer.json == {"docs": "docs"}


def test_head_is_get_without_its_body(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.ask("HEAD", "/health/live", b"")

    assert (answer.status, answer.content) == (200, b"")


def test_the_openapi_document_describes_the_model_served(tmp_path):
    server = in_process(tmp_path, shop())

    document = server.ask("GET", "/openapi.json", b"").json

    values = document["components"]["schemas"]["Values"]
    assert list(values["properties"]) == list(CUSTOMER)
    assert values["properties"]["plan"]["type"] == ["string", "null"]
    assert not values["additionalProperties"]
    assert f"/v2/models/{MODEL}/infer" in document["paths"]


def test_every_reference_of_the_document_leads_somewhere(tmp_path):
    server = in_process(tmp_path, shop())

    text = server.ask("GET", "/openapi.json", b"").content.decode()

    schemas = json.loads(text)["components"]["schemas"]
    wanted = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert wanted <= set(schemas)


def test_the_docs_page_loads_nothing_from_anywhere(tmp_path):
    server = in_process(tmp_path, shop())

    answer = server.ask("GET", "/docs", b"")

    page = answer.content.decode()
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page)
    assert "/predict" in page
    assert 'id="problem-422"' in page


def test_the_docs_page_is_headed_by_the_versions_and_asks_for_a_usual_customer(
    tmp_path,
):
    server = in_process(
        tmp_path, small(tmp_path, 1.0), small(tmp_path, 2.0), weight=0.2
    )

    page = server.ask("GET", "/docs", b"").content.decode()

    assert f"<h1>{MODEL}, version 1.0, canary 2.0</h1>" in page
    assert 'http-equiv="refresh"' not in page
    (example,) = re.findall(r"<textarea.*?>([^<]*)</textarea>", page)
    (prediction,) = server.post(json.loads(unescape(example))).json["predictions"]
    assert prediction["warnings"] == []


def test_the_docs_page_comes_again_until_there_is_a_release(tmp_path):
    server = in_process(tmp_path)

    page = server.ask("GET", "/docs", b"").content.decode()

    assert "<h1>Holdfast model server: no release is served yet</h1>" in page
    assert '<meta http-equiv="refresh"' in page
