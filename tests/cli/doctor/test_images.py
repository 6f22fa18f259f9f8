"""What is wrong with a registry and its images, tried on a real one and on answers."""

import contextlib

import bcrypt
import pytest

from cli.doctor.images import image_checks
from tests.cli.doctor.cases import case, notes, problems
from tests.cli.doctor.tls_servers import Authority, dead_port, web_server
from tests.storage.servers import binary, free_port, own_folder, running

ABROAD = {"orchestrator": {"flavor": "kubernetes"}}
BUILT = {"docker": {"skip_build": True}}
PASSWORD = "sesame-street"  # noqa: S105 (of a server that lives for one test)
MANIFEST = '{"schemaVersion": 2, "layers": [], "config": {}}'


def registered(uri, *, settings=BUILT, environ=None, **login):
    given = {"flavor": "default", "configuration": {"uri": uri, **login}}
    parts = {**ABROAD, "container_registry": given}
    return case(parts, settings=settings, environ=environ or {})


def imaged(image, environ=None):
    settings = {"docker": {"skip_build": True, "parent_image": image}}
    return case(ABROAD, settings=settings, environ=environ or {})


def test_a_stack_without_images_asks_no_registry():
    assert list(image_checks(case())) == []


def test_a_dead_registry_is_named():
    port = dead_port()

    (line,) = problems(image_checks, registered(f"127.0.0.1:{port}/shop"))

    assert line.startswith(
        f"components.container_registry: nobody listens at 127.0.0.1:{port}; "
    )


def test_a_server_that_is_no_registry_is_told_so():
    with web_server({"/v2/": (404, "")}) as url:
        (line,) = problems(image_checks, registered(url.removeprefix("http://")))

    assert line.endswith("/v2/ answers 404: no container registry; correct uri")


def test_an_expired_certificate_of_the_registry_is_told(tmp_path):
    authority = Authority(tmp_path)
    certificate = authority.certificate(days=(-30, -1))
    environ = {"REQUESTS_CA_BUNDLE": str(authority.path)}

    with web_server({}, certificate=certificate) as url:
        uri = url.removeprefix("https://")
        (line,) = problems(image_checks, registered(uri, environ=environ))

    assert "expired on 20" in line


def test_an_image_that_is_not_there_names_what_makes_it():
    answers = {"/v2/shop/pipeline/manifests/abc": (200, MANIFEST)}

    with web_server(answers) as url:
        host = url.removeprefix("http://")
        assert problems(image_checks, imaged(f"{host}/shop/pipeline:abc")) == []
        (line,) = problems(image_checks, imaged(f"{host}/shop/pipeline:old"))

    assert line == (
        f"settings.docker.parent_image: the registry {host} has no image "
        "shop/pipeline:old; push it (make images), or correct the name"
    )


def test_an_image_by_digest_is_looked_for_by_its_digest():
    digest = f"sha256:{64 * 'a'}"

    with web_server({f"/v2/pipeline/manifests/{digest}": (200, "")}) as url:
        host = url.removeprefix("http://")
        assert problems(image_checks, imaged(f"{host}/pipeline:abc@{digest}")) == []


def test_an_image_of_no_named_registry_is_left_to_docker():
    assert list(image_checks(imaged("pipeline:abc"))) == []


def test_images_that_must_be_built_need_docker(tmp_path):
    parts = {**ABROAD, "image_builder": {"flavor": "local"}}
    nobody = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}

    (line,) = problems(image_checks, case(parts, environ=nobody))

    assert (
        f"no Docker daemon answers at unix://{tmp_path}/none.sock; start it, or" in line
    )
    assert problems(image_checks, case(parts, environ=nobody, settings=BUILT)) == []


@contextlib.contextmanager
def registry(*, has_login):
    """Debian's registry in a folder of its own; yields HOST:PORT."""
    program, port = binary("docker-registry"), free_port()
    with own_folder() as folder:
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        (folder / "users").write_text(f"keeper:{hashed}\n")
        login = f"auth: {{htpasswd: {{realm: shop, path: {folder}/users}}}}\n"
        (folder / "config.yaml").write_text(
            "version: 0.1\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n" + (login if has_login else "")
        )
        command = [program, "serve", str(folder / "config.yaml")]
        with running(command, port, folder):
            yield f"127.0.0.1:{port}"


@pytest.mark.server
def test_a_registry_without_tls_is_remarked_on_and_stops_nothing():
    with registry(has_login=False) as host:
        assert problems(image_checks, registered(host)) == []
        (line,) = notes(image_checks, registered(host))
        (missing,) = problems(image_checks, imaged(f"{host}/shop/pipeline:abc"))

    assert f"the registry {host} has no TLS; list it as insecure registry" in line
    assert "has no image shop/pipeline:abc" in missing


@pytest.mark.server
def test_a_login_is_asked_for_where_images_are_pushed_from_here(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with registry(has_login=True) as host:
        (missing,) = problems(image_checks, registered(host, settings={}))
        (wrong,) = problems(image_checks, registered(host, **who("open-up")))
        right = problems(image_checks, registered(host, **who(PASSWORD)))
        pulled = problems(image_checks, registered(host))

    assert f"asks for a login, and there is none; docker login {host}" in missing
    assert "refuses the name and password of keeper; docker login" in wrong
    assert right == []
    assert pulled == []


def who(password):
    return {"username": "keeper", "password": password}
