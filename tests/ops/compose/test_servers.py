"""What compose's scripts make of real servers: databases with owners, and MLflow."""

import base64
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import psycopg
import pytest

from tests.conftest import CHECKOUT
from tests.staging.processes import family
from tests.storage.servers import PASSWORD, Server, binary, free_port, postgresql

pytestmark = pytest.mark.server
SCRIPTS = CHECKOUT / "ops" / "compose"
# What a shell, SQL and a pattern would each take for something else.
ODD = "a'b\"c $d \\e|f&g"
PLAIN = {"MLFLOW_PASSWORD": "mlflow's own"}


def test_each_database_has_one_owner_and_mlflow_asks_who_is_there(tmp_path):
    with postgresql() as server:
        done = make_databases(server)
        assert done.returncode == 0, done.stderr

        assert connected(server, "ledger", ODD, "ledger") == "ledger"
        assert connected(server, "crm", PASSWORD, "crm") == "crm"
        for user, password, other in [
            ("ledger", ODD, "crm"),
            ("crm", PASSWORD, "mlflow"),
        ]:
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                connected(server, user, password, other)

        with mlflow(server, tmp_path) as url:
            assert status(url, "/health") == 200
            assert status(url, "/api/2.0/mlflow/experiments/search", {}) == 401
            assert status(url, *create("one"), as_user="holdfast:wrong") == 401
            assert status(url, *create("one"), as_user="holdfast:twelve letters") == 200
            # Names that compose gives it, and one that a page of somebody else's could.
            assert status(url, "/health", host="mlflow:5000") == 200
            assert status(url, *create("two"), host="evil.example:5000") == 403


def make_databases(server: Server) -> subprocess.CompletedProcess[str]:
    """As PostgreSQL's image runs the script, for its own administrator."""
    given = {
        "POSTGRES_USER": "keeper",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGPASSWORD": PASSWORD,
        "PGDATABASE": "postgres",
        "LEDGER_PASSWORD": ODD,
        "CRM_PASSWORD": PASSWORD,
        **PLAIN,
    }
    path = f"{Path(binary('psql')).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", SCRIPTS / "databases.sh"],
        env={**os.environ, **given, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def connected(server: Server, user: str, password: str, database: str) -> str:
    """Who owns the database, as this user sees it, who may make a table there."""
    with psycopg.connect(
        host="127.0.0.1",
        port=server.port,
        user=user,
        password=password,
        dbname=database,
    ) as connection:
        connection.execute("CREATE TABLE public.mine (a integer)")
        query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
        (owner,) = connection.execute(query, [database]).fetchone()
        return owner


@contextmanager
def mlflow(server: Server, folder: Path) -> Iterator[str]:
    """As compose starts it, on another port and with a folder for artifacts."""
    port = free_port()
    script = (SCRIPTS / "mlflow.sh").read_text()
    assert "--host 0.0.0.0 --port 5000" in script
    script = script.replace("0.0.0.0 --port 5000", f"127.0.0.1 --port {port}")
    (folder / "start.sh").write_text(script)
    password = PLAIN["MLFLOW_PASSWORD"].replace("'", "%27").replace(" ", "%20")
    given = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "MLFLOW_DATABASE": f"postgresql+psycopg://mlflow:{password}@127.0.0.1:{server.port}",
        "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
        "MLFLOW_ADMIN_NAME": "holdfast",
        "MLFLOW_ADMIN_PASSWORD": "twelve letters",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "not a secret",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    with family(["/bin/sh", str(folder / "start.sh")], port, folder, given):
        yield f"http://127.0.0.1:{port}"


def create(name: str) -> tuple[str, dict[str, str]]:
    return "/api/2.0/mlflow/experiments/create", {"name": name}


def status(
    url: str,
    path: str,
    body: dict[str, str] | None = None,
    *,
    as_user: str | None = None,
    host: str | None = None,
) -> int:
    headers = {"Content-Type": "application/json"}
    if as_user:
        headers["Authorization"] = (
            f"Basic {base64.b64encode(as_user.encode()).decode()}"
        )
    if host:
        headers["Host"] = host
    content = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url + path, content, headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code
