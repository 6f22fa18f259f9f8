"""Where Istio would be: divides requests among predictors, as the operator tells it.

Reached at ``/seldon/NAMESPACE/NAME/...`` on this machine's loopback; each predictor is
reached through a NodePort of its own, and so through Kubernetes' own balancing. A
shadow gets a copy of every request, whose answer is thrown away. Nothing is tried
twice: what a pod refuses is refused.
"""

import contextlib
import http.client
import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.cluster.seldon_objects import APP, Object, service_name

TIMEOUT_SECONDS = 10.0
LONGEST_PROGRAMMING_SECONDS = 30.0


@dataclass(frozen=True)
class Route:
    """Where a predictor is reached, and which part of the requests it gets."""

    host: str
    port: int
    percent: int
    is_shadow: bool


class Gateway:
    """Passes requests on while the block runs.

    Attributes
    ----------
    url : str
        Where it listens.
    """

    def __init__(self, namespace: str, node: str) -> None:
        from kubernetes import client

        self._core: Any = client.CoreV1Api()
        self._namespace, self._node = namespace, node
        self._ports: dict[str, int] = {}
        self._routes: dict[str, list[Route]] = {}

    def tell(self, seldon: Object) -> None:
        """Divide requests as a SeldonDeployment says, from now on."""
        self._routes[seldon["metadata"]["name"]] = [
            Route(
                self._node,
                self._port(service_name(seldon, one)),
                int(one.get("traffic", 0)),
                bool(one.get("shadow", False)),
            )
            for one in seldon["spec"]["predictors"]
        ]

    def keep(self, names: set[str]) -> None:
        """Forget all other SeldonDeployments."""
        for name in set(self._routes) - names:
            del self._routes[name]

    @contextlib.contextmanager
    def listening(self) -> Iterator[str]:
        """Pass requests on while the block runs; yields the address."""
        handler = type("Handler", (_Handler,), {"routes": self._routes})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _port(self, service: str) -> int:
        """The NodePort of a predictor, which a mesh of the cluster would not need."""
        if service not in self._ports:
            behind = self._core.read_namespaced_service(service, self._namespace)
            (http,) = [one.port for one in behind.spec.ports if one.name == "http"]
            spec = {
                "type": "NodePort",
                "selector": {APP: service},
                "ports": [{"name": "http", "port": http}],
            }
            name = {"generateName": f"{service}-gateway-"}
            made = self._core.create_namespaced_service(
                self._namespace, {"metadata": name, "spec": spec}
            )
            self._ports[service] = made.spec.ports[0].node_port
            self._wait_for(self._ports[service])
        return self._ports[service]

    def _wait_for(self, port: int) -> None:
        """Let the nodes learn of the port before requests are sent to it."""
        end = time.monotonic() + LONGEST_PROGRAMMING_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                socket.create_connection((self._node, port), timeout=1).close()
                return
            time.sleep(0.1)
        raise TimeoutError(f"no answer at the NodePort {port}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    routes: Mapping[str, list[Route]]

    def do_GET(self) -> None:
        self._pass_on(None)

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_: object) -> None:
        pass

    def _pass_on(self, body: bytes | None) -> None:
        _, _, _, name, path = self.path.split("/", 4)
        asked = (self.command, f"/{path}", body)
        routes = self.routes.get(name, [])
        for one in routes:
            if one.is_shadow and body is not None:
                threading.Thread(target=_mirror, args=(one, *asked)).start()
        chosen = [one for one in routes if not one.is_shadow]
        if not chosen:
            self._answer(503, b'{"title": "no route"}')
            return
        shares = [one.percent for one in chosen]
        (one,) = random.choices(chosen, shares)  # noqa: S311 (no secret)
        try:
            self._answer(*_ask(one, *asked))
        except (OSError, http.client.HTTPException) as error:
            self._answer(502, repr(error).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _mirror(route: Route, method: str, path: str, body: bytes | None) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        _ask(route, method, path, body)


def _ask(route: Route, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
    """A connection for each request, so that each goes to any of the ready pods."""
    asked = http.client.HTTPConnection(route.host, route.port, timeout=TIMEOUT_SECONDS)
    with contextlib.closing(asked):
        headers = {} if body is None else {"Content-Type": "application/json"}
        asked.request(method, path, body, headers)
        found = asked.getresponse()
        return found.status, found.read()
