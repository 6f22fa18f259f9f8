"""ZenML's server: which one, of which version, who we are there, what it keeps."""

import json
from types import SimpleNamespace

import pytest
import zenml

from cli.doctor import zenml_server
from cli.doctor.zenml_server import read_secrets, secret_checks, server_checks
from tests.cli.doctor.cases import case, notes, problems
from tests.cli.doctor.tls_servers import dead_port, web_server

INFO = "/api/v1/info"
S3 = {"key": "{{shop.ID}}", "secret": "{{shop.SECRET}}", "token": "{{other.TOKEN}}"}


def info(**changed):
    return {INFO: (200, json.dumps({"version": zenml.__version__} | changed))}


def asked(answers):
    with web_server(answers) as url:
        found = case(server=url)
        return [*problems(server_checks, found), *notes(server_checks, found)], url


def test_a_stack_of_this_machine_asks_no_server():
    assert list(server_checks(case())) == []


def test_a_server_that_is_away_is_one_problem(clean_zenml):
    port = dead_port()

    told = problems(server_checks, case(server=f"http://127.0.0.1:{port}"))

    assert told[0].startswith(f"server: nobody listens at 127.0.0.1:{port}; ")


def test_being_connected_to_another_store_tells_how_to_log_in(clean_zenml):
    told, url = asked(info())

    assert told[0] == (
        f"server: the stack lives in the ZenML server {url}, and ZenML is connected to "
        f"a file of this machine; zenml login {url}, or set ZENML_STORE_URL and "
        "ZENML_STORE_API_KEY"
    )


def test_a_server_of_another_version_is_refused(clean_zenml):
    told, url = asked(info(version="0.70.1"))

    assert told[0].startswith(
        f"server: the server at {url} is ZenML 0.70.1, this is ZenML "
    )
    assert told[0].endswith("or install zenml==0.70.1")


def test_another_patch_of_the_same_version_stops_nothing(clean_zenml):
    nearly = ".".join([*zenml.__version__.split(".")[:2], "99"])

    told, _ = asked(info(version=nearly))

    assert told[-1].endswith("upgrade the older one when there is time")


def test_a_server_that_nobody_set_up_is_told_so(clean_zenml):
    told, _ = asked(info(active=False))

    assert (
        "was never set up; open it in a browser and make the first account" in told[0]
    )


def test_another_kind_of_server_is_none_of_zenmls(clean_zenml):
    told, url = asked({"/": (200, "hello")})

    assert told[0] == f"server: {url} is no ZenML server; correct the address"


def test_who_we_are_is_not_asked_where_no_zenml_answers(clean_zenml, monkeypatch):
    with web_server({"/": (200, "hello")}) as url:
        at_it = SimpleNamespace(url=url, type="rest")
        monkeypatch.setattr(zenml_server, "_store", lambda: at_it)

        told = notes(server_checks, case(server=url))

    assert told == [
        "server: who we are there was not asked; mend the line above",
    ]


def test_steps_elsewhere_cannot_use_a_store_that_is_a_file(clean_zenml):
    (told,) = problems(server_checks, case({"orchestrator": {"flavor": "kubernetes"}}))

    assert "connected to a file of this machine, which steps that run elsewhere" in told


@pytest.fixture
def told_secrets(clean_zenml):
    from zenml.client import Client

    Client().create_secret("shop", {"ID": "me", "EMPTY": "x"})
    given = {"artifact_store": {"flavor": "s3", "configuration": S3}}
    found = case(given, secrets=["shop", "shop-more"])
    return found.knowing(read_secrets(["shop", "shop-more", "other"]))


def test_each_secret_and_key_that_is_missing_is_named(told_secrets):
    told = [line.partition("; ") for line in problems(secret_checks, told_secrets)]

    assert [problem for problem, _, _ in told] == [
        "secrets: the secret shop lacks SECRET, which components refer to",
        "secrets: ZenML knows no secret shop-more",
        "secrets: ZenML knows no secret other (with TOKEN)",
    ]
    assert told[1][2].endswith("zenml secret create shop-more --values=@FILE.yaml")


def test_references_are_filled_with_what_the_secrets_hold(told_secrets):
    filled = told_secrets.configuration("artifact_store")

    assert filled == {"key": "me", "secret": "{{shop.SECRET}}", "token": S3["token"]}
