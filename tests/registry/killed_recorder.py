"""Record and promote a version, killed at each write in turn, then repaired.

`killed_recorder.py BAKED_ZENML EMPTY_MLFLOW FOLDER` prints, for each place of the
kill, what was written until then and what disagrees with the ledger after the repair.
Forked from one parent, since importing ZenML and MLflow takes seconds.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient
from zenml.client import Client

from churn.gates.decision import Decision
from registry.event import Lineage
from registry.ledger import Ledger
from registry.mlflow_registry import mirror_registry, mlflow_heads, production_name
from registry.registration import Candidate, record
from registry.release import release
from registry.state import state
from registry.transitions import Act, plain, promote
from registry.verify import verify
from registry.zenml_stages import mirror_stages, zenml_heads
from storage.release import read_release, write_release
from tests.conftest import forget_zenml

WRITES = (
    (Ledger, "append"),
    (Path, "replace"),
    (Client, "update_model_version"),
    (Client, "create_run_metadata"),
    (MlflowClient, "set_model_version_tag"),
    (MlflowClient, "copy_model_version"),
    (MlflowClient, "set_registered_model_alias"),
    (MlflowClient, "delete_registered_model_alias"),
    (MlflowClient, "set_registered_model_tag"),
)
ALLOWED = Decision(
    approved=True,
    policy="improve",
    reason="better",
    gates=(),
    has_champion=False,
    promotes_without_champion=True,
)
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Place:
    """One folder with everything that a laptop's stack keeps."""

    def __init__(self, folder: Path) -> None:
        os.environ["ZENML_CONFIG_PATH"] = str(folder / "zenml")
        os.environ["HOLDFAST_RELEASE_URL"] = str(folder / "releases")
        forget_zenml()
        self.mlflow = MlflowClient(f"sqlite:///{folder}/mlflow.db")
        self.ledger = Ledger(f"sqlite:///{folder}/ledger.db")

    def register(self, number: int) -> str:
        """What exists before the ledger is told: a version in ZenML and in MLflow."""
        version_id = str(Client().create_model_version("churn").id)
        tags = {"version": str(number), "version_id": version_id}
        self.mlflow.create_model_version("churn", "/nowhere", tags=tags)
        return version_id

    def train(self, number: int, version_id: str, against: str | None) -> None:
        candidate = Candidate(
            model="churn",
            version=str(number),
            version_id=version_id,
            act=Act("ada", AT, "a run"),
            lineage=Lineage(bundle_uri=f"/bundles/{number}"),
            registered={},
            evaluated={"compared_with": against},
            decided={"decision": plain(ALLOWED)},
        )
        record(self.ledger, candidate, ALLOWED)
        self.follow()

    def promote(self, number: int) -> None:
        events, act = self.ledger.events("churn"), Act("ada", AT, "better")
        self.ledger.append(
            *promote(events, str(number), act, decision=ALLOWED, override=False)
        )
        self.follow()

    def follow(self) -> None:
        events = self.ledger.events("churn")
        write_release(release("churn", events), environ=os.environ)
        mirror_stages(events)
        mirror_registry(self.mlflow, "churn", events)

    def disagreements(self) -> list[str]:
        """What differs from the ledger."""
        events = self.ledger.events("churn")
        head = state(events)
        heads = zenml_heads("churn") + mlflow_heads(self.mlflow, "churn")
        expected = {
            "release": release("churn", events),
            "production": head.champion,
            "staging": head.staging.version if head.staging else None,
            "champion": head.champion,
            "challenger": head.staging.version if head.staging else None,
            "live": head.champion,
            "copies": sorted({e.version for e in events if e.kind == "decided"}),
            "fault": None,
            "head": {(head.sequence, head.hash)},
        }
        last = dict.fromkeys(("ZenML", "MLflow"), (0, ""))
        for each in heads:
            last[each.where] = max(last[each.where], (each.sequence, each.hash))
        found = {
            "release": read_release("churn", environ=os.environ),
            "production": holder("production"),
            "staging": holder("staging"),
            "champion": self.alias("churn", "champion"),
            "challenger": self.alias("churn", "challenger"),
            "live": self.alias(production_name("churn"), "champion"),
            "copies": self.copies(),
            "fault": verify(events, heads, None),
            "head": set(last.values()),
        }
        return [
            f"{name}: expected {expected[name]}, found {found[name]}"
            for name in expected
            if expected[name] != found[name]
        ]

    def alias(self, model: str, alias: str) -> str | None:
        number = self.mlflow.get_registered_model(model).aliases.get(alias)
        if number is None:
            return None
        return str(self.mlflow.get_model_version(model, number).tags["version"])

    def copies(self) -> list[str]:
        name = production_name("churn")
        found = self.mlflow.search_model_versions(f"name = '{name}'")
        return sorted(version.tags["version"] for version in found)


def holder(stage: str) -> str | None:
    try:
        return str(Client().get_model_version("churn", stage).number)
    except KeyError:
        return None


def begin(folder: Path) -> None:
    """Version 1 is live everywhere, version 2 is made and nobody was told."""
    place = Place(folder)
    Client().create_model("churn")
    place.mlflow.create_registered_model("churn")
    place.train(1, place.register(1), None)
    (folder / "second").write_text(place.register(2))


def forget_store(path: Path) -> None:
    """The copies must not find their way back to the original's database."""
    config = yaml.safe_load(path.read_text())
    del config["store"]
    path.write_text(yaml.safe_dump(config))


def work(folder: Path, kill_at: int) -> None:
    """Record version 2 and promote it; killed before the write of that number."""
    place = Place(folder)
    written: list[str] = []
    for owner, name in WRITES:
        setattr(owner, name, counted(getattr(owner, name), written, kill_at, folder))
    place.train(2, (folder / "second").read_text(), "1")
    place.promote(2)


def counted(
    write: Callable[..., Any], written: list[str], kill_at: int, folder: Path
) -> Callable[..., Any]:
    @wraps(write)
    def counting(*args: Any, **told: Any) -> Any:
        written.append(write.__name__)
        if len(written) == kill_at:
            (folder / "written").write_text(" ".join(written))
            os.kill(os.getpid(), signal.SIGKILL)
        return write(*args, **told)

    return counting


def repair(folder: Path) -> None:
    place = Place(folder)
    place.follow()
    (folder / "disagreements").write_text(json.dumps(place.disagreements()))


def forked(run: Callable[..., None], *args: object) -> int:
    """How a child ended that ran this."""
    child = os.fork()
    if not child:
        try:
            run(*args)
        except BaseException as error:  # noqa: BLE001 (told by the exit code)
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(baked: Path, empty: Path, folder: Path) -> None:
    first = folder / "first"
    shutil.copytree(baked, first / "zenml")
    shutil.copy(empty, first / "mlflow.db")
    # Not in a child: what the libraries remember of their queries is then inherited.
    begin(first)
    forget_store(first / "zenml" / "config.yaml")
    os.environ["DISABLE_DATABASE_MIGRATION"] = "true"
    ends = []
    for kill_at in range(1, 100):
        there = folder / str(kill_at)
        shutil.copytree(first, there)
        end = forked(work, there, kill_at)
        assert forked(repair, there) == 0
        disagreements = json.loads((there / "disagreements").read_text())
        if end == 0:
            break
        written = (there / "written").read_text().split()
        ends.append({"end": end, "written": written, "wrong": disagreements})
        shutil.rmtree(there)
    print(json.dumps(ends))  # noqa: T201 (its answer)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
