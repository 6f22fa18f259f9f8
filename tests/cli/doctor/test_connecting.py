"""Why nobody answers at an address, tried against sockets that do just that."""

import pytest

from cli.doctor.certificates import REQUESTS, SYSTEM
from cli.doctor.connecting import reach
from cli.doctor.finding import Unwell
from tests.cli.doctor.cases import NOW
from tests.cli.doctor.tls_servers import Authority, dead_port, silent_server, web_server


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def looked_at(url, *, trust=SYSTEM, **environ):
    return list(reach(url, environ=environ, trust=trust, now=NOW))


def refusal(url, **given):
    with pytest.raises(Unwell) as caught:
        looked_at(url, **given)
    return f"{caught.value.problem}; {caught.value.way_out}"


def served(authority, **certificate):
    return web_server({}, certificate=authority.certificate(**certificate))


def test_a_server_whose_certificate_is_trusted_is_well(authority):
    with served(authority) as url:
        assert looked_at(url, SSL_CERT_FILE=str(authority.path)) == []


def test_a_port_where_nobody_listens_is_named():
    port = dead_port()

    told = refusal(f"redis://127.0.0.1:{port}/0")

    assert told == (
        f"nobody listens at 127.0.0.1:{port}; start the server, or correct the address"
    )


def test_a_name_that_nobody_knows_is_named():
    told = refusal("https://no-such-host.invalid:8443/x")

    assert told == "the name service knows no no-such-host.invalid; correct the address"


def test_a_server_that_never_speaks_is_not_waited_for_long(monkeypatch):
    monkeypatch.setattr("cli.doctor.connecting.ANSWER_SECONDS", 0.2)

    with silent_server() as port:
        told = refusal(f"https://127.0.0.1:{port}")

    assert told.startswith(f"127.0.0.1:{port} takes the connection and says nothing; ")


def test_an_expired_certificate_is_told_with_its_day(authority):
    with served(authority, days=(-30, -3)) as url:
        told = refusal(url, SSL_CERT_FILE=str(authority.path))

    assert "expired on 20" in told
    assert told.endswith("; renew it on the server")


def test_a_certificate_of_tomorrow_points_at_the_clock(authority):
    with served(authority, days=(2, 30)) as url:
        told = refusal(url, SSL_CERT_FILE=str(authority.path))

    assert "is not valid yet; look at this machine's clock, or wait" in told


@pytest.mark.parametrize(
    ("trust", "variable"), [(SYSTEM, "SSL_CERT_FILE"), (REQUESTS, "REQUESTS_CA_BUNDLE")]
)
def test_an_unknown_authority_names_the_variable_of_the_library_that_asks(
    authority, trust, variable
):
    with served(authority) as url:
        told = refusal(url, trust=trust)

    assert "is signed by an authority unknown here" in told
    assert told.endswith(f"by the variable {variable}")


def test_a_certificate_of_another_name_is_told_so(authority):
    with served(authority, names=("models.example.com",)) as url:
        told = refusal(url, SSL_CERT_FILE=str(authority.path))

    assert "is for another name; use a name that stands in it" in told


def test_a_certificate_that_ends_soon_is_remarked_on_and_stops_nothing(authority):
    with served(authority, days=(-30, 5)) as url:
        (remark,) = looked_at(url, SSL_CERT_FILE=str(authority.path))

    assert "ends on 20" in remark.remark
    assert remark.way_out == "renew it before"


def test_a_server_without_tls_is_told_from_a_broken_one():
    with web_server({}) as url:
        told = refusal(url.replace("http:", "https:"))

    assert "answers without TLS; write http:// or redis:// here" in told


def test_a_variable_that_names_no_certificates_is_named(tmp_path):
    with web_server({}) as url:
        told = refusal(
            url.replace("http:", "https:"), SSL_CERT_FILE=str(tmp_path / "none.pem")
        )

    assert told.startswith("SSL_CERT_FILE names ")
    assert "which is no file of certificates; correct SSL_CERT_FILE" in told


def test_where_a_proxy_stands_between_nothing_is_asked_directly():
    url = f"http://127.0.0.1:{dead_port()}"

    assert looked_at(url, HTTP_PROXY="http://proxy:3128") == []
    assert "nobody listens" in refusal(
        url, HTTP_PROXY="http://proxy:3128", NO_PROXY="127.0.0.1"
    )


def test_an_address_without_a_host_is_no_crash():
    assert refusal("https:///path") == (
        "no host in this address of https; write https://HOST:PORT"
    )


@pytest.mark.parametrize("url", ["zenml.example.com", "me:hush@zenml.example.com"])
def test_an_address_without_a_scheme_is_told_with_one(url):
    assert refusal(url) == (
        "'zenml.example.com' has no scheme; write https://zenml.example.com"
    )
