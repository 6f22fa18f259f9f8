"""A run that was killed between the ledger and its mirrors, and what comes next."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient
from zenml.client import Client

from registry.mirrors import heads
from registry.verify import Head
from registry.zenml_stages import mirror_stages
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
