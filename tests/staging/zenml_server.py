"""A real ZenML server on a MySQL database, and the key by which a client may use it."""

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from tests.staging.processes import family
from tests.storage.servers import PASSWORD, Server, free_port, own_folder

ADMIN, ROBOT = "keeper", "pipelines"
KEY = "0123456789abcdef" * 4


@dataclass(frozen=True)
class ZenmlServer:
    """A running server and the token of its administrator."""

    url: str
    token: str

    def api_key(self) -> str:
        """Make a service account, and a key for it."""
        robot = self._made("service_accounts", {"name": ROBOT, "active": True})
        keys = f"service_accounts/{robot['id']}/api_keys"
        return str(self._made(keys, {"name": "tests"})["body"]["key"])

    def keep(self, name: str, values: Mapping[str, str]) -> None:
        """Make a secret that every user may read."""
        secret = {"name": name, "private": False, "values": dict(values)}
        self._made("secrets", secret)

    def _made(self, what: str, document: Mapping[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        headers["Content-Type"] = "application/json"
        return _asked(f"{self.url}/api/v1/{what}", json.dumps(document), headers)


@contextlib.contextmanager
def zenml_server(database: Server, *, host: str = "127.0.0.1") -> Iterator[ZenmlServer]:
    """Run one until the block ends; its tables are made by its first start."""
    port = free_port()
    app = "zenml.zen_server.zen_server_api:app"
    listen = ["--host", host, "--port", str(port), "--log-level", "warning"]
    with own_folder() as folder:
        environ = {
            "HOME": str(folder),
            "ZENML_CONFIG_PATH": str(folder / "zenml"),
            "ZENML_REPOSITORY_PATH": str(folder),
            "ZENML_SERVER": "true",
            "ZENML_STORE_URL": _store(database),
            "ZENML_STORE_SSL_VERIFY_SERVER_CERT": "false",
            "ZENML_SERVER_AUTO_ACTIVATE": "true",
            "ZENML_DEFAULT_USER_NAME": ADMIN,
            "ZENML_DEFAULT_USER_PASSWORD": PASSWORD,
            "ZENML_SERVER_JWT_SECRET_KEY": KEY,
            "ZENML_SECRETS_STORE_TYPE": "sql",
            "ZENML_SECRETS_STORE_ENCRYPTION_KEY": KEY,
            "ZENML_ANALYTICS_OPT_IN": "false",
        }
        command = [sys.executable, "-m", "uvicorn", app, *listen]
        with family(command, port, folder, environ, host=host):
            url = f"http://{host}:{port}"
            yield ZenmlServer(url, _token(url))


def _store(database: Server) -> str:
    """The database's address as ZenML writes it."""
    return f"mysql://{database.url(quote(PASSWORD, safe='')).partition('://')[2]}"


def _token(url: str) -> str:
    form = urlencode({"username": ADMIN, "password": PASSWORD})
    return str(_asked(f"{url}/api/v1/login", form, {})["access_token"])


def _asked(url: str, body: str, headers: Mapping[str, str]) -> Any:
    with urlopen(Request(url, body.encode(), dict(headers))) as answer:
        return json.load(answer)
