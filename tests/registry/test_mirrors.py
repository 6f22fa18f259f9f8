"""A run that was killed between the ledger and its mirrors, and what comes next."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient
from zenml.client import Client

from registry.errors import LedgerBrokenError
from registry.ledger import Ledger
from registry.mirrors import heads, verified
from registry.release import release
from registry.verify import Head
from registry.zenml_stages import mirror_stages, zenml_heads
from tests.conftest import CHECKOUT
from tests.ledger_histories import History
from tests.registry.test_verify import chained


def test_heads_are_asked_of_zenml_alone_where_the_stack_has_no_tracker(
    clean_zenml: Path,
):
    Client().create_model("churn")
    version = Client().create_model_version("churn")
    story = History("churn").trained(1, "promoted").events
    events = chained([replace(e, version_id=str(version.id)) for e in story])
    mirror_stages(events)

    assert heads("churn", "default") == (Head("ZenML", 4, events[-1].hash),)


class Kept:
    """A version that went live, in a ledger and in ZenML."""

    def __init__(self, folder: Path) -> None:
        Client().create_model("churn")
        self.id_ = str(Client().create_model_version("churn").id)
        self.folder = folder

    def ledger(self, name: str, history: History) -> Ledger:
        """A ledger of its own with this history, properly chained."""
        ledger = Ledger(f"sqlite:///{self.folder}/{name}.db")
        if history.events:
            ledger.append(*(replace(e, version_id=self.id_) for e in history.events))
        return ledger


@pytest.fixture
def kept(clean_zenml: Path) -> Kept:
    return Kept(clean_zenml)


def live() -> History:
    return History("churn").trained(1, "promoted")


def forged() -> History:
    """The same with another's name, all hashes computed anew, and one event more."""
    history = live().add("approved", 1)
    history.events[2] = replace(history.events[2], actor="nobody")
    return history


def cut() -> History:
    history = live()
    del history.events[-1]
    return history


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        (forged, "is broken: ZenML saw event 4 with another hash; restore it from a"),
        (cut, "is broken: ZenML saw event 4, and the history ends with 3"),
    ],
)
def test_what_a_mirror_remembers_otherwise_is_not_mirrored_over(kept, lie, told: str):
    mirror_stages(kept.ledger("true", live()).events("churn"))
    before = zenml_heads("churn")

    with pytest.raises(LedgerBrokenError, match=told):
        verified(kept.ledger("lie", lie()), "churn", None, None)

    assert zenml_heads("churn") == before != ()


def test_a_history_that_went_on_is_whole(kept):
    ledger = kept.ledger("true", live())
    mirror_stages(ledger.events("churn"))
    told = release("churn", ledger.events("churn"))
    (more,) = live().add("approved", 1).events[4:]
    ledger.append(more)

    assert verified(ledger, "churn", told, None) == ledger.events("churn")


def test_a_release_from_before_the_first_event_saw_nothing(kept):
    told = release("churn", ())

    nothing = kept.ledger("none", History("churn"))
    begun = kept.ledger("begun", live())

    assert verified(nothing, "churn", told, None) == ()
    assert len(verified(begun, "churn", told, None)) == 4


def test_what_another_run_appends_and_mirrors_meanwhile_is_no_fault(kept, monkeypatch):
    ledger = kept.ledger("true", live())
    (more,) = live().add("approved", 1).events[4:]

    def others_are_first(model: str) -> tuple[Head, ...]:
        ledger.append(replace(more, version_id=kept.id_))
        mirror_stages(ledger.events("churn"))
        return zenml_heads(model)

    monkeypatch.setattr("registry.mirrors.zenml_heads", others_are_first)

    assert len(verified(ledger, "churn", None, None)) == 5


@pytest.mark.parametrize(
    ("sequence", "told"),
    [
        (500, "the release churn.json saw event 500, and the history ends wi"),
        (4, "the release churn.json saw event 4 with another hash"),
    ],
)
def test_the_release_of_another_ledger_is_told(kept, sequence: int, told: str):
    ledger = kept.ledger("true", live())
    other = replace(
        release("churn", ledger.events("churn")), sequence=sequence, ledger_hash="x"
    )

    with pytest.raises(LedgerBrokenError, match=told):
        verified(ledger, "churn", other, None)


@pytest.mark.server
def test_whatever_write_a_run_was_killed_before_the_next_repairs_it(
    baked_zenml: Path, tmp_path: Path
):
    empty = tmp_path / "empty.db"
    MlflowClient(f"sqlite:///{empty}").search_registered_models()
    folders = map(str, (baked_zenml, empty, tmp_path))

    done = subprocess.run(
        [sys.executable, "-m", "tests.registry.killed_recorder", *folders],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    # ZenML speaks on the same stream.
    ends = json.loads(done.stdout.splitlines()[-1])
    assert {end["end"] for end in ends} == {-9}
    assert [end["wrong"] for end in ends] == [[]] * len(ends)
    written = ends[-1]["written"]
    assert (len(ends), written.count("append")) == (len(written), 2)
    assert {"replace", "update_model_version", "copy_model_version"} < set(written)
