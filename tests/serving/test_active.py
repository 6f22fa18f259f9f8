import os
import subprocess
import sys
from pathlib import Path

import pytest

from serving.active import (
    Acknowledgement,
    Active,
    StateError,
    StateFolder,
    Version,
    read_active,
    read_status,
    read_vetoes,
    read_workers,
    write_record,
)

ACTIVE = Active(
    model="churn",
    revision=3,
    sequence=7,
    ledger_hash="abc",
    champion=Version("1", "a" * 64, "/b/1"),
    challenger=None,
    mode="live",
    weight=0.0,
    canary=0,
    accepted_at=12.5,
)


def acknowledgement(pid: int) -> Acknowledgement:
    return Acknowledgement(
        pid=pid,
        revision=3,
        sequence=7,
        champion="1",
        challenger=None,
        switched_at=0.0,
        error=None,
    )


def test_a_new_folder_holds_nothing(state):
    assert read_active(state) is None
    assert read_status(state) is None
    assert read_vetoes(state) == ()
    assert read_workers(state) == ()


def test_what_is_written_is_read_and_no_draft_stays(state):
    write_record(state.active, ACTIVE, durable=True)

    assert read_active(state) == ACTIVE
    assert not [path.name for path in state.path.iterdir() if path.name[0] == "."]


def test_only_living_workers_are_told_of(state):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    for pid in (os.getpid(), ended.pid):
        write_record(state.workers / f"{pid}.json", acknowledgement(pid))

    assert [worker.pid for worker in read_workers(state)] == [os.getpid()]


def test_what_no_server_wrote_is_refused_by_name(state):
    state.active.write_text('{"model": 1}')

    with pytest.raises(StateError, match="active.json: expected what a server"):
        read_active(state)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    tmp_path.chmod(0o500)

    with pytest.raises(StateError, match="--state: cannot make"):
        StateFolder(tmp_path / "state").make()


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path):
    (tmp_path / "state").touch()

    with pytest.raises(StateError, match="--state: cannot make .*state"):
        StateFolder(tmp_path / "state").make()
