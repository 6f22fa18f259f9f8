"""A real ZenML server, and a repository whose client is connected to it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from zenml.client import Client
from zenml.stack.stack import _STACK_CACHE

from cli.graph import pipeline_names, step_graph
from cli.pipeline_config import Request
from cli.progress import Progress
from cli.run_pipeline import CONFIGURATIONS, Options, run_document
from cli.stacks.apply import apply_stack
from cli.stacks.file import StackFile, load_stack
from cli.submission import Problem, submit
from tests.conftest import CHECKOUT
from tests.ledger_histories import MODEL, in_rollout
from tests.staging.teams import connected
from tests.staging.zenml_server import ZenmlServer
from tests.storage.s3_server import BUCKET

IMAGE = "registry.example.com/holdfast/pipeline@sha256:" + "a" * 64
DATASET = "subscriptions"
# What the stacks' secret holds; their values are nowhere in what is submitted.
SECRET = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "MLFLOW_TRACKING_USERNAME": "tracking-name",
    "MLFLOW_TRACKING_PASSWORD": "tracking-password",
    "HOLDFAST_LEDGER_PASSWORD": "ledger-password",
    "HOLDFAST_CRM_PASSWORD": "crm-password",
    "HOLDFAST_ONLINE_PASSWORD": "online-password",
}
ELSEWHERE = {
    "HOLDFAST_AIRFLOW_DAGS": "/nowhere/dags",
    "HOLDFAST_BUCKET": BUCKET,
    "HOLDFAST_CRM_URL": "postgresql+psycopg://crm@db.example.com/crm",
    "HOLDFAST_IMAGE": IMAGE,
    "HOLDFAST_KUBEFLOW_URL": "https://kubeflow.example.com",
    "HOLDFAST_MLFLOW_URL": "https://mlflow.example.com",
    "HOLDFAST_MODELS_URL": "https://models.example.com/{namespace}/{name}",
    "HOLDFAST_ONLINE_URL": "rediss://redis.example.com:6379/0",
    "HOLDFAST_REGISTRY": "registry.example.com",
    "HOLDFAST_SERVER_URL": "https://models.example.com/{name}",
    "HOLDFAST_SERVING_IMAGE": "registry.example.com/holdfast/serving:1",
}
PIPELINES = pipeline_names(CHECKOUT)
VERSIONS = 5


@dataclass(frozen=True)
class Repository:
    """A copy of the checkout, what the stacks' secret holds, and the key to ZenML."""

    root: Path
    secret: dict[str, str]
    key: str

    @property
    def credentials(self) -> tuple[str, ...]:
        """What must not be read by whoever reads a pipeline's definition."""
        return (self.key, *self.secret.values())

    def stack(self, name: str) -> StackFile:
        """A stack file of the checkout, filled."""
        return load_stack(name, root=self.root, environ=os.environ)

    def apply(self, name: str) -> None:
        """Make a stack the active one, with the secret that it refers to."""
        stack = self.stack(name)
        known = {secret.name for secret in Client().list_secrets().items}
        for secret in set(stack.secrets) - known:
            Client().create_secret(secret, self.secret)
        # Runs that nobody runs use it for ever.
        apply_stack(stack, root=self.root, is_forced=True)
        _STACK_CACHE.clear()

    def graph(self, pipeline: str) -> dict[str, tuple[str, ...]]:
        """The steps, each with what it waits for, as the source has them."""
        return step_graph(self.root, pipeline)

    def submit(self, pipeline: str, stack: str) -> tuple[str, Problem | None]:
        """Submit as `run.py` does; the run's name, and what went wrong."""
        told = dict.fromkeys(Options.__dataclass_fields__)
        told |= {"pipeline": pipeline, "dataset": DATASET, "stack": stack}
        request = Request(DATASET, None, None, (), None, stack, None, None, None, None)
        document = run_document(
            self.root,
            Options(**told),
            CONFIGURATIONS[pipeline](self.root, request),
            self.stack(stack),
            list(self.graph(pipeline)),
        )
        shown = Progress(Console(quiet=True), None)
        return document["run_name"], submit(pipeline, document, shown)


@pytest.fixture(scope="session")
def zenml(zenml_server: ZenmlServer) -> dict[str, str]:
    """What a client of the server is told."""
    key = zenml_server.api_key()
    return {"ZENML_STORE_URL": zenml_server.url, "ZENML_STORE_API_KEY": key}


@pytest.fixture(scope="module")
def repository(
    zenml: dict[str, str], s3: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Repository]:
    """Connect to the server; a version is live in the ledger, another in rollout."""
    folder = tmp_path_factory.mktemp("connected")
    variables = {
        **ELSEWHERE,
        **zenml,
        **s3,
        "HOLDFAST_LEDGER_URL": f"sqlite:///{folder}/ledger.db",
        "HOLDFAST_S3_URL": s3["AWS_ENDPOINT_URL"],
        "HOLDFAST_ZENML_URL": zenml["ZENML_STORE_URL"],
    }
    in_rollout("canary", weight=0.1).write(variables["HOLDFAST_LEDGER_URL"])
    with connected(variables, folder) as root:
        _register_versions()
        secret = {name: s3.get(name, value) for name, value in SECRET.items()}
        yield Repository(root, secret, zenml["ZENML_STORE_API_KEY"])


def _register_versions() -> None:
    """Let ZenML know the versions of the ledger."""
    client = Client()
    if MODEL not in [model.name for model in client.list_models().items]:
        client.create_model(MODEL)
        for _ in range(VERSIONS):
            client.create_model_version(MODEL)
