"""Images: the registry that keeps them, those that are named, and what builds more."""

import importlib
import re
import socket
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import requests

from cli.doctor.asking import NOT_FOUND, UNAUTHORIZED, answer
from cli.doctor.case import Case
from cli.doctor.certificates import REQUESTS, greet
from cli.doctor.connecting import connected
from cli.doctor.finding import Check, Denied, Remark, Unwell
from cli.doctor.place import CONNECT_SECONDS, Place, place_of

DOCKER_SOCKET = "unix:///var/run/docker.sock"
HUB = "registry-1.docker.io"
HUB_NAMES = ("docker.io", "index.docker.io", HUB)
KINDS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)
PART = re.compile(r'(\w+)="([^"]*)"')


def image_checks(case: Case) -> Iterator[Check]:
    """The registry, the images that the file names, and the builder if it must."""
    parts, docker = case.stack.components, case.stack.settings.get("docker", {})
    if "container_registry" in parts:
        uri = str(case.configuration("container_registry").get("uri", ""))
        if uri:
            where = "components.container_registry"
            yield Check(where, "answers", partial(_answers, case, uri))
    if not docker.get("skip_build") and _is_local_builder(case):
        where = "components.image_builder"
        yield Check(where, "Docker answers", partial(_builds, case))
    named = {
        "settings.docker.parent_image": docker.get("parent_image"),
        "components.model_deployer.configuration.image": _of_servers(case),
    }
    for where, image in named.items():
        if isinstance(image, str) and _host_of(image):
            yield Check(where, "the image is there", partial(_kept, case, image))


def _is_local_builder(case: Case) -> bool:
    builder = case.stack.components.get("image_builder")
    return case.is_abroad and builder is not None and builder.flavor == "local"


def _of_servers(case: Case) -> object:
    if not case.asks_seldon or case.is_quick:
        return None
    return case.configuration("model_deployer").get("image")


def _answers(case: Case, uri: str) -> Iterator[Remark]:
    """Reach the registry and log in as whoever would push."""
    host = uri.partition("/")[0]
    base, remarks = _base(case, host)
    yield from remarks
    found = answer(f"{base}/v2/")
    if found.status_code == UNAUTHORIZED:
        _log_in(case, host, found)
    elif not found.ok:
        raise Unwell(
            f"{base}/v2/ answers {found.status_code}: no container registry",
            "correct uri",
        )


def _base(case: Case, host: str) -> tuple[str, list[Remark]]:
    """The registry's URL: https, or http where it has no TLS, which is remarked on."""
    name, _, port = host.partition(":")
    real = HUB if name in HUB_NAMES else name
    place = Place(real, int(port or 443), has_tls=True)
    context = REQUESTS.context(case.environ)
    try:
        remarks = list(greet(connected(place), place, context, REQUESTS, case.now))
    except Unwell as unwell:
        if "without TLS" not in unwell.problem:
            raise
        remark = Remark(
            f"the registry {host} has no TLS",
            "list it as insecure registry of each Docker daemon and node, or give it "
            "a certificate",
        )
        return f"http://{host}", [remark]
    return (f"https://{real}:{port}" if port else f"https://{real}"), remarks


def _log_in(case: Case, host: str, found: requests.Response) -> None:
    login = _login(case, host)
    if login is None:
        if case.stack.settings.get("docker", {}).get("skip_build"):
            # Nobody here pushes; what pulls has a login of its own.
            return
        raise Denied(
            f"the registry {host} asks for a login, and there is none",
            f"docker login {host}, or username and password by a secret",
        )
    challenge = found.headers.get("WWW-Authenticate", "")
    told = dict(PART.findall(challenge))
    if challenge.startswith("Bearer"):
        url = f"{told.get('realm')}?service={told.get('service', '')}"
        again = answer(url, auth=login)
    else:
        again = answer(found.url, auth=login)
    if not again.ok:
        raise Denied(
            f"the registry {host} refuses the name and password of {login[0]}",
            f"docker login {host}, or correct the secret",
        )


def _login(case: Case, host: str) -> tuple[str, str] | None:
    """Of the component, or where `docker login` keeps it."""
    given: Mapping[str, Any] = (
        case.configuration("container_registry")
        if "container_registry" in case.stack.components
        else {}
    )
    if given.get("username"):
        return str(given["username"]), str(given.get("password", ""))
    auth = importlib.import_module("docker.auth")
    try:
        known = auth.load_config(config_dict=None).resolve_authconfig(host) or {}
    except Exception:  # noqa: BLE001 (a login program of any kind)
        return None
    if known.get("username"):
        return str(known["username"]), str(known.get("password", ""))
    return None


def _builds(case: Case) -> Iterator[Remark]:
    """Connect as Docker's client does, by DOCKER_HOST."""
    address = case.environ.get("DOCKER_HOST") or DOCKER_SOCKET
    try:
        if address.startswith("unix://"):
            _connect_to_file(address.removeprefix("unix://"))
        elif address.startswith("tcp://"):
            connected(place_of(address)).close()
    except (OSError, Unwell):
        raise Unwell(
            f"images are to be built here, and no Docker daemon answers at {address}",
            "start it, or name an image that is there by HOLDFAST_IMAGE (make images)",
        ) from None
    yield from ()


def _connect_to_file(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(CONNECT_SECONDS)
        connection.connect(path)


def _host_of(image: str) -> str:
    """The registry in an image's name; empty where it names none."""
    host, slash, _ = image.partition("/")
    return host if slash and re.search(r"[.:]|^localhost$", host) else ""


def _kept(case: Case, image: str) -> Iterator[Remark]:
    """Look for an image; a registry that asks for a login is left to the nodes."""
    host, _, rest = image.partition("/")
    name, tag = _tagged(rest)
    base, _ = _base(case, host)
    found = answer(
        f"{base}/v2/{name}/manifests/{tag}", method="HEAD", headers={"Accept": KINDS}
    )
    if found.status_code == NOT_FOUND:
        raise Unwell(
            f"the registry {host} has no image {name}:{tag}",
            "push it (make images), or correct the name",
        )
    if found.status_code == UNAUTHORIZED:
        yield Remark(
            f"whether {host} has {name}:{tag} cannot be seen without a login",
            "nothing, if the nodes have one",
        )


def _tagged(rest: str) -> tuple[str, str]:
    if "@" in rest:
        name, _, digest = rest.partition("@")
        return name.partition(":")[0], digest
    name, _, tag = rest.partition(":")
    return name, tag or "latest"
