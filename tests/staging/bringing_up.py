"""All servers of the stack ``staging`` on this machine, each of them a real one."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

import psycopg

from tests.staging.mlflow_server import mlflow_server
from tests.staging.model_server import model_server
from tests.staging.zenml_server import ZenmlServer, zenml_server
from tests.storage.online.redis_server import redis_server
from tests.storage.s3_server import BUCKET, s3_server
from tests.storage.servers import PASSWORD, Server, mariadb, postgresql

MODEL = "churn-subscriptions"
SECRET = "holdfast-staging"  # noqa: S105 (its name only)
DATABASES = ("ledger", "crm", "mlflow", "access")
REDIS_PASSWORD = "not-a-secret"  # noqa: S105 (of a server that lives for one test)
IN_THE_SECRET = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@dataclass(frozen=True)
class Staging:
    """The servers that run: what a person exports, and what the secret holds."""

    zenml: ZenmlServer
    variables: dict[str, str]
    secret: dict[str, str]


@contextlib.contextmanager
def staging() -> Iterator[Staging]:
    """Run all of them until the block ends; ZenML then has the secret, and no stack."""
    with ExitStack() as servers, ThreadPoolExecutor() as at_once:
        enter = servers.enter_context
        awaited = at_once.submit(lambda: enter(_zenml()))
        postgres, s3 = enter(postgresql()), enter(s3_server())
        redis = enter(redis_server("--requirepass", REDIS_PASSWORD))
        for name in DATABASES:
            _make_database(postgres, name)
        stores = {
            "HOLDFAST_ONLINE_URL": f"redis://127.0.0.1:{redis}/0",
            "HOLDFAST_ONLINE_PASSWORD": REDIS_PASSWORD,
            "HOLDFAST_PREDICTIONS_URL": f"s3://{BUCKET}/predictions",
        }
        serving = enter(
            model_server(MODEL, f"s3://{BUCKET}/releases", {**s3, **stores})
        )
        records, users = (_at(postgres, name, PASSWORD) for name in DATABASES[2:])
        mlflow = enter(mlflow_server(records, users, f"s3://{BUCKET}/mlflow", s3))
        zenml = awaited.result()
        secret = {
            **{name: s3[name] for name in IN_THE_SECRET},
            **mlflow.account,
            "HOLDFAST_LEDGER_PASSWORD": PASSWORD,
            "HOLDFAST_CRM_PASSWORD": PASSWORD,
            "HOLDFAST_ONLINE_PASSWORD": REDIS_PASSWORD,
        }
        zenml.keep(SECRET, secret)
        variables = {
            "ZENML_STORE_URL": zenml.url,
            "ZENML_STORE_API_KEY": zenml.api_key(),
            "HOLDFAST_ZENML_URL": zenml.url,
            "HOLDFAST_MLFLOW_URL": mlflow.url,
            "HOLDFAST_S3_URL": s3["AWS_ENDPOINT_URL"],
            "HOLDFAST_BUCKET": BUCKET,
            "HOLDFAST_SERVER_URL": serving,
            "HOLDFAST_LEDGER_URL": _at(postgres, "ledger"),
            "HOLDFAST_CRM_URL": _at(postgres, "crm"),
            "HOLDFAST_ONLINE_URL": stores["HOLDFAST_ONLINE_URL"],
        }
        yield Staging(zenml, variables, secret)


@contextlib.contextmanager
def _zenml() -> Iterator[ZenmlServer]:
    with mariadb() as database, zenml_server(database) as server:
        yield server


def _make_database(server: Server, name: str) -> None:
    at = {"host": "127.0.0.1", "port": server.port, "dbname": "shop"}
    with psycopg.connect(
        **at, user="keeper", password=PASSWORD, autocommit=True
    ) as made:
        made.execute(f"CREATE DATABASE {name}")


def _at(server: Server, database: str, password: str | None = None) -> str:
    secret = None if password is None else quote(password, safe="")
    return server.url(secret).removesuffix("shop") + database
