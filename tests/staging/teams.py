"""A checkout of somebody in a team: the same repository, other variables."""

import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from cli.models.place import Place, place
from cli.run_pipeline import Options, run_pipeline
from tests.conftest import CHECKOUT, forget_zenml
from tests.pipelines.test_promotion import OPTIONS, POLICY, SETTINGS, roll_out

DATASET = "subscriptions"
LEARNED = ("model.kind=logistic_regression",)
TRAINING = replace(
    OPTIONS, as_of="2024-08-15", settings=(*SETTINGS, *LEARNED), policy="small"
)
EMBEDDED = SETTINGS[:2]


@dataclass(frozen=True)
class Checkout:
    """A checkout and the stack that somebody runs pipelines on."""

    root: Path
    stack: str

    @property
    def place(self) -> Place:
        """The model of the embedded data set on the stack."""
        return place(self.root, DATASET, self.stack)

    def run(self, pipeline: str, *settings: str, **options: Any) -> dict[str, Any]:
        """Run a pipeline; what it printed with ``--json``."""
        asked = replace(
            TRAINING,
            pipeline=pipeline,
            stack=self.stack,
            settings=settings,
            **{"as_of": None, "policy": None, **options},
        )
        return self.document(asked)

    def train(self, *settings: str) -> dict[str, Any]:
        """Train a small model of the embedded data set."""
        told = settings or LEARNED
        asked = replace(TRAINING, stack=self.stack, settings=(*SETTINGS, *told))
        return self.document(asked)

    def document(self, options: Options) -> dict[str, Any]:
        """The JSON document that a run printed."""
        said = io.StringIO()
        with redirect_stdout(said):
            code = run_pipeline(self.root, options)
        assert code == 0, said.getvalue()
        found: dict[str, Any] = json.loads(said.getvalue())
        return found


def copied(root: Path) -> None:
    """What a run reads of a checkout, with a small policy and a quick rollout."""
    for folder in ("configs", "pipelines", "steps"):
        shutil.copytree(CHECKOUT / folder, root / folder)
    policies = root / "configs" / "policies"
    (policies / "small.yaml").write_text("# Small.\n" + yaml.safe_dump(POLICY))
    roll_out(root, "demo")


@contextmanager
def connected(variables: Mapping[str, str], folder: Path) -> Iterator[Path]:
    """Yield the root of a checkout whose ZenML is a server's."""
    from zenml.utils import source_utils

    root = folder / "repository"
    root.mkdir()
    copied(root)
    ours = {
        "ZENML_CONFIG_PATH": str(folder / "zenml"),
        "ZENML_REPOSITORY_PATH": str(root),
        "HOLDFAST_HOME": str(root / ".holdfast"),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**variables, **ours}.items():
            patch.setenv(name, value)
        forget_zenml()
        source_utils.set_custom_source_root(str(CHECKOUT))
        yield root
        forget_zenml()


def ask(url: str, customers: list[str]) -> list[dict[str, Any]]:
    """Answers about customers whose features are online."""
    body = json.dumps({"customers": [{"customer_id": one} for one in customers]})
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{url}/predict", body.encode(), headers)) as answer:
        found: list[dict[str, Any]] = json.load(answer)["predictions"]
    return found
