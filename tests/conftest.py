"""Fixtures of many tests: a ZenML that nobody has used before, a bucket for all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from tests.staging.zenml_server import ZenmlServer

CHECKOUT = Path(__file__).resolve().parents[1]
QUIET = {
    "MLFLOW_CONFIGURE_LOGGING": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "OMP_WAIT_POLICY": "passive",
    "ORT_DISABLE_TELEMETRY": "1",
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_DISABLE_INTERACTIVE_INPUT": "true",
    "ZENML_ENABLE_RICH_TRACEBACK": "false",
    "ZENML_LOGGING_VERBOSITY": "INFO",
}


def pytest_configure(config: pytest.Config) -> None:
    """Keep every import of ZenML, also while collecting, off its real configuration."""
    for name in [name for name in os.environ if name.startswith("ZENML_")]:
        del os.environ[name]
    scratch = tempfile.mkdtemp(prefix="holdfast-zenml-")
    config.add_cleanup(lambda: shutil.rmtree(scratch))
    os.environ.update(QUIET, ZENML_CONFIG_PATH=scratch, ZENML_REPOSITORY_PATH=scratch)


@pytest.fixture(scope="session")
def baked_zenml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill one configuration folder per session: its database takes seconds."""
    from zenml.client import Client

    folder = tmp_path_factory.mktemp("zenml") / "baked"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZENML_CONFIG_PATH", str(folder))
        forget_zenml()
        assert Client().active_stack_model.name == "default"
        forget_zenml()
    # The copies must not find their way back to the original's database.
    config = yaml.safe_load((folder / "config.yaml").read_text())
    del config["store"]
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


@pytest.fixture(scope="session")
def zenml_server() -> "Iterator[ZenmlServer]":
    """Run one ZenML server for all who ask one: its start takes seconds."""
    from tests.staging import zenml_server
    from tests.storage.servers import mariadb

    with mariadb() as database, zenml_server.zenml_server(database) as server:
        yield server


@pytest.fixture
def clean_zenml(baked_zenml: Path, tmp_path: Path) -> Iterator[Path]:
    """Yield the root of an empty repository, seen by a ZenML without any history."""
    with fresh_zenml(baked_zenml, tmp_path) as root:
        yield root


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """By what variables one bucket is reached; it starts in seconds, so all share it.

    Each test keeps to a path of its own.
    """
    from tests.storage.s3_server import s3_server

    with s3_server() as environ:
        yield environ


@contextmanager
def fresh_zenml(baked: Path, folder: Path) -> Iterator[Path]:
    """Keep ZenML, MLflow and our own stores inside one folder.

    Code is still imported from this checkout: ZenML's source root stays here.
    """
    from zenml.utils import source_utils

    root = folder / "repository"
    root.mkdir()
    shutil.copytree(baked, folder / "zenml")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
            patch.delenv(name)
        patch.setenv("ZENML_CONFIG_PATH", str(folder / "zenml"))
        patch.setenv("ZENML_REPOSITORY_PATH", str(root))
        patch.setenv("HOLDFAST_HOME", str(root / ".holdfast"))
        forget_zenml()
        source_utils.set_custom_source_root(str(CHECKOUT))
        yield root
        forget_zenml()


def forget_zenml() -> None:
    """Close ZenML's store and drop the objects of which it keeps one per process."""
    from zenml.client import Client
    from zenml.config.global_config import GlobalConfiguration
    from zenml.utils import source_utils

    config = GlobalConfiguration.get_instance()
    engine = getattr(getattr(config, "_zen_store", None), "engine", None)
    if engine is not None:  # a server's store has none
        engine.dispose()
    GlobalConfiguration._reset_instance()
    Client._reset_instance()
    source_utils.set_custom_source_root(None)
