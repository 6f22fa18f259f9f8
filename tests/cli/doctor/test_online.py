"""What is wrong with a Redis, tried on one."""

import pytest
import redis

from cli.doctor.online import online_checks
from tests.cli.doctor.cases import case, notes, problems
from tests.cli.doctor.tls_servers import Authority
from tests.storage.online.redis_server import redis_server
from tests.storage.servers import free_port, own_folder

SECRET = "sesame-street"  # noqa: S105 (of a server that lives for one test)
PASSWORD = {"HOLDFAST_ONLINE_PASSWORD": SECRET}


@pytest.fixture(scope="module")
def port():
    with redis_server("--requirepass", "sesame-street") as running:
        yield running


def online(port, *, environ=PASSWORD, scheme="redis", is_quick=False):
    stores = {"online": f"{scheme}://127.0.0.1:{port}/0"}
    return case(stores=stores, environ=environ, is_quick=is_quick)


def told(port, **given):
    return problems(online_checks, online(port, **given))


def test_features_in_a_file_need_no_redis():
    assert list(online_checks(case(stores={"online": "sqlite:////tmp/o.db"}))) == []


def test_an_address_with_options_is_refused_in_one_line():
    (line,) = problems(
        online_checks, case(stores={"online": "redis://127.0.0.1:1/0?x=y"})
    )

    assert line.startswith("stores.online: ")


@pytest.mark.server
def test_a_redis_that_is_ready_is_well_and_holds_nothing_afterwards(port):
    assert told(port) == []

    with redis.Redis(port=port, password=SECRET) as client:
        assert client.keys() == []


@pytest.mark.server
def test_a_missing_password_is_told_from_a_wrong_one(port):
    (missing,) = told(port, environ={})
    (wrong,) = told(port, environ={"HOLDFAST_ONLINE_PASSWORD": "open-up"})

    assert "asks for a password, and there is none; put HOLDFAST_ONLINE_PASS" in missing
    assert "refuses this name and password; correct HOLDFAST_ONLINE_PASSWORD" in wrong


@pytest.mark.server
def test_a_redis_that_drops_features_is_remarked_on(port):
    with redis.Redis(port=port, password=SECRET) as client:
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        found = notes(online_checks, online(port))
        client.config_set("maxmemory-policy", "noeviction")

    assert len(found) == 1
    assert found[0].endswith(
        "(maxmemory-policy allkeys-lru); set maxmemory-policy noeviction"
    )


@pytest.mark.server
def test_a_name_without_the_right_to_write_is_told_so(port):
    with redis.Redis(port=port, password=SECRET) as client:
        client.execute_command(
            "ACL SETUSER reader on >sesame-street ~* +get +ping +hello +client"
        )
    address = {"online": f"redis://reader@127.0.0.1:{port}/0"}

    (line,) = problems(online_checks, case(stores=address, environ=PASSWORD))

    assert "forbids what publishing features needs" in line
    assert "sesame" not in line


@pytest.mark.server
def test_a_replica_is_told_from_its_primary(port):
    with redis_server("--replicaof", "127.0.0.1", str(port)) as replica:
        (line,) = told(replica, environ={})

    assert line.endswith("is a replica that takes no writes; name its primary here")


@pytest.mark.server
def test_a_redis_with_an_expired_certificate_is_told_so():
    with own_folder() as folder:
        authority = Authority(folder)
        certificate, key = authority.certificate(days=(-30, -1))
        (folder / "server.key").chmod(0o644)
        port_of_tls = redis_tls(certificate, key, authority)
        with port_of_tls as port:
            (line,) = told(
                port, scheme="rediss", environ={"SSL_CERT_FILE": str(authority.path)}
            )

    assert "expired on 20" in line
    assert line.endswith("renew it on the server")


def redis_tls(certificate, key, authority):
    """A Redis that speaks TLS alone; yields its port."""
    port = free_port()
    options = ["--tls-port", str(port), "--port", "0", "--tls-auth-clients", "no"]
    options += ["--tls-cert-file", certificate, "--tls-key-file", key]
    return redis_server(*options, "--tls-ca-cert-file", str(authority.path), port=port)
