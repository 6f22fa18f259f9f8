"""`models verify`: the chain is recomputed; mirrors are asked in a run of pipelines."""

import sqlite3

import pytest

from tests.ledger_histories import usual
from tests.model_commands import said, told


@pytest.fixture(autouse=True)
def filled(here):
    usual(here.model).write(here.store("ledger"))


def test_a_history_that_is_whole_says_so():
    document = told("verify", "--no-mirrors")

    assert (document["events"], document["fault"]) == (21, None)
    assert "21 events are as they were written" in said("verify", "--no-mirrors")


def test_an_edited_reason_is_found_and_the_exit_code_says_so(here):
    database = sqlite3.connect(here.store("ledger").removeprefix("sqlite:///"))
    for (trigger,) in database.execute(
        "select name from sqlite_master where type = 'trigger'"
    ).fetchall():
        database.execute(f"drop trigger {trigger}")
    database.execute("update ledger_events set reason = 'x' where sequence = 10")
    database.commit()
    database.close()

    document = told("verify", "--no-mirrors", code=1)

    assert document["fault"] == {"sequence": 10, "sentence": "event 10 was altered"}
    assert "BROKEN at event 10" in said("verify", "--no-mirrors", code=1)


def test_unsigned_events_are_a_fault_where_keys_are_demanded(tmp_path, monkeypatch):
    keys = told("keygen", str(tmp_path / "keys"))
    monkeypatch.setenv("HOLDFAST_TRUSTED_KEYS", keys["HOLDFAST_TRUSTED_KEYS"])

    fault = told("verify", "--no-mirrors", code=1)["fault"]

    assert fault["sequence"] == 1
    assert "expected a signature, found none" in fault["sentence"]
