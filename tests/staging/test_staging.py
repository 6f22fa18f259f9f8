"""The stack ``staging`` on real servers: every pipeline, and the same bundle."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from zenml.client import Client

from churn.scoring.bundle import Bundle
from cli.models.place import Place
from cli.models.promotion import promote_version
from cli.models.retraining import unlike
from cli.models.rollback import roll_back
from cli.models.stored import read_bundle
from cli.models.verifying import verify_ledger
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from registry.state import state
from registry.versions import find
from tests.conftest import CHECKOUT, fresh_zenml
from tests.pipelines.test_promotion import printed
from tests.staging.bringing_up import Staging, staging
from tests.staging.teams import EMBEDDED, Checkout, ask, connected, copied

pytestmark = pytest.mark.server
SIMULATION = Simulation(
    seed=20240101,
    n_customers=700,
    n_days=270,
    start=date(2024, 1, 1),
    shock_date=None,
)
SCORED = "2024-07-20"
LOOKED = "2024-09-20"
MOST_LOOKS = 6
SHIPPED_SECONDS = 3.0
AT_ONCE = 100
ACCOUNTS = {"AWS_ACCESS_KEY_ID", "MLFLOW_TRACKING_USERNAME"}


@dataclass
class Story:
    """What was printed: 1 went live, 2 took the road of a rollout and came back."""

    servers: Staging
    checkout: Checkout
    printed: dict[str, Any] = field(default_factory=dict)
    looks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """The model and its ledger."""
        return self.checkout.place

    @property
    def url(self) -> str:
        """Where the server is."""
        return self.servers.variables["HOLDFAST_SERVER_URL"]

    def serving(self) -> dict[str, Any]:
        """What the server says that it serves."""
        with urlopen(f"{self.url}/release") as answer:
            found: dict[str, Any] = json.load(answer)["serving"]
        return found

    def ask_all(self) -> list[dict[str, Any]]:
        """Every customer asks once, by a name that is online; their answers."""
        tables, _ = simulate(SIMULATION)
        names = tables["customers"]["customer_id"].to_list()
        parts = [names[k : k + AT_ONCE] for k in range(0, len(names), AT_ONCE)]
        return [answer for part in parts for answer in ask(self.url, part)]


@pytest.fixture(scope="module")
def laptop(baked_zenml: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The bundle of the same training on the stack ``local``."""
    with fresh_zenml(baked_zenml, tmp_path_factory.mktemp("laptop")) as root:
        copied(root)
        checkout = Checkout(root, "local")
        checkout.train()
        return bundle_of(checkout.place, "1")


@pytest.fixture(scope="module")
def story(laptop: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with (
        staging() as servers,
        connected(servers.variables, tmp_path_factory.mktemp("staging")) as root,
    ):
        told = Story(servers, Checkout(root, "staging"))
        run = told.checkout.run
        told.printed["training"] = told.checkout.train()
        told.checkout.train("model.kind=random_forest")
        told.printed["features"] = run("features", *EMBEDDED)
        told.printed["promoted"] = printed(
            promote_version, told.place, "2", "trees", override=False, as_json=True
        )
        while state(told.place.events()).rollout and len(told.looks) < MOST_LOOKS:
            told.ask_all()
            time.sleep(SHIPPED_SECONDS)
            told.looks.append(run("deployment"))
        told.printed["batch"] = run("batch_inference", *EMBEDDED, as_of=SCORED)
        settings = ("monitoring.fewest_rows=100", "evidently_rows=0", *EMBEDDED)
        told.printed["monitoring"] = run("monitoring", *settings, as_of=LOOKED)
        told.printed["retraining"] = run("retraining")
        told.printed["promotion"] = run("promotion")
        told.printed["rolled_back"] = printed(
            roll_back, told.place, None, "complaints", as_json=True
        )
        yield told


def bundle_of(place: Place, version: str) -> Bundle:
    lineage = find(place.events(), version).lineage
    return read_bundle(place, lineage, trusted=None)


def test_the_same_training_gives_the_same_bytes_as_on_a_laptop(
    laptop: Bundle, story: Story
) -> None:
    team = bundle_of(story.place, "1")

    assert unlike(laptop, team) is None
    assert laptop.bundle_sha256 == team.bundle_sha256
    assert laptop.manifest["lineage"]["run"] != team.manifest["lineage"]["run"]


def test_nothing_is_left_on_this_machine_but_logs(story: Story) -> None:
    home = Path(story.place.stack.home)

    assert {path.name for path in home.iterdir()} == {"logs"}


def test_passwords_are_in_the_secret_alone(story: Story) -> None:
    told = [part.configuration for part in Client().list_stack_components().items]
    logs = [path.read_text() for path in Path(story.place.stack.home).rglob("*.log")]

    seen = json.dumps([told, story.servers.variables, logs])

    assert "{{holdfast-staging.AWS_SECRET_ACCESS_KEY}}" in seen
    hidden = {k: v for k, v in story.servers.secret.items() if k not in ACCOUNTS}
    assert not [name for name, value in hidden.items() if value in seen]


def test_the_whole_road_was_taken_from_shadow_to_live(story: Story) -> None:
    events = [event for event in story.place.events() if event.version == "2"]

    told = [(event.kind, event.evidence.get("to")) for event in events]

    assert ("rollout", "shadow") in told
    assert ("rollout", "canary") in told
    assert "promoted" in [kind for kind, _ in told]
    assert story.looks[-1]["server"] == story.url
    assert story.looks[-1]["confirmation"]["sentence"] == (
        "version 2 answers where it is served as it was trained to"
    )


def test_zenml_lists_the_server_that_somebody_else_runs(story: Story) -> None:
    (listed,) = Client().list_services(hydrate=True).items

    assert listed.prediction_url == f"{story.url}/predict"
    assert listed.state == "active"


def test_customers_are_answered_from_the_features_in_redis(story: Story) -> None:
    answers = story.ask_all()

    assert {answer["model_version"] for answer in answers} == {"1"}
    assert len({answer["probability"] for answer in answers}) > AT_ONCE


def test_the_server_follows_the_rollback(story: Story) -> None:
    assert story.printed["rolled_back"]["event"]["version"] == "1"
    assert story.serving()["champion"]["version"] == "1"
    assert story.serving()["sequence"] == story.place.events()[-1].sequence


def test_zenml_and_mlflow_saw_the_whole_history(story: Story) -> None:
    document = printed(verify_ledger, story.place, has_mirrors=True, as_json=True)

    last = story.place.events()[-1].sequence
    seen = {head["where"] for head in document["mirrors"] if head["sequence"] == last}
    assert document["fault"] is None
    assert seen == {"ZenML", "MLflow"}


def test_scores_targets_and_labels_went_through_the_stores(story: Story) -> None:
    batch, monitored = story.printed["batch"], story.printed["monitoring"]

    assert batch["scored"]["n_scored"] > 300
    assert batch["exported"]["csv"].startswith("s3://")
    assert monitored["health"]["measured"]["n"] == monitored["labelling"]["n_known"] > 0
    assert story.printed["features"]["n_published"] == SIMULATION.n_customers


def test_the_command_line_prints_json_alone(story: Story) -> None:
    root = str(story.checkout.root)
    here = f"import pathlib, cli.root; cli.root.ROOT = pathlib.Path({root!r})"
    command = f"{here}; from cli.main import main; main()"
    asked = ["--pipeline", "rollback", "--stack", "staging", "--json"]

    done = subprocess.run(
        [sys.executable, "-c", command, *asked],
        cwd=CHECKOUT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["version"] == "1"
