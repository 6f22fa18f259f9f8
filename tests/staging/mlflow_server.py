"""A real MLflow server: records in PostgreSQL, artifacts in S3, users by password."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.staging.processes import family
from tests.storage.servers import free_port, own_folder

USER = "holdfast"
PASSWORD = "p@ss: w/rd of twelve"  # noqa: S105 (MLflow takes no shorter one)
ACCOUNT = {"MLFLOW_TRACKING_USERNAME": USER, "MLFLOW_TRACKING_PASSWORD": PASSWORD}
SECRET = "not a secret of a server that lives for one test"  # noqa: S105


@dataclass(frozen=True)
class MlflowServer:
    """Where it is, and the variables by which its client logs in."""

    url: str
    account: dict[str, str]


@contextlib.contextmanager
def mlflow_server(
    records: str,
    users: str,
    artifacts: str,
    s3: Mapping[str, str],
    *,
    host: str = "127.0.0.1",
) -> Iterator[MlflowServer]:
    """Run one until the block ends; its users are kept in a database too.

    ``records`` and ``users`` are addresses of empty databases, ``artifacts`` a place
    in S3.
    """
    port = free_port()
    with own_folder() as folder:
        (folder / "auth.ini").write_text(_who_may(users))
        environ = {
            **s3,
            "HOME": str(folder),
            "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": SECRET,
            "MLFLOW_BACKEND_STORE_URI": records,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        command = [sys.executable, "-m", "mlflow", "server", "--app-name", "basic-auth"]
        command += ["--artifacts-destination", artifacts, "--workers", "1"]
        command += ["--host", host, "--port", str(port)]
        with family(command, port, folder, environ, host=host):
            yield MlflowServer(f"http://{host}:{port}", ACCOUNT)


def _who_may(database: str) -> str:
    """One administrator; the accounts are tables beside the records."""
    escaped = database.replace("%", "%%")
    return (
        # Each request is checked by a slow hash; many come within a minute.
        "[mlflow]\ndefault_permission = READ\nauth_cache_ttl_seconds = 60\n"
        f"database_uri = {escaped}\nadmin_username = {USER}\n"
        f"admin_password = {PASSWORD}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
