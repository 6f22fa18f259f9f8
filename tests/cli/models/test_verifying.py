"""`models verify`: the chain is recomputed; mirrors are asked in a run of pipelines."""

import sqlite3

import pytest

from registry.errors import LedgerError
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


def test_keys_may_be_turned_on_in_a_running_ledger_and_signing_goes_on_from_there(
    here, tmp_path, monkeypatch
):
    keys = told("keygen", str(tmp_path / "keys"))
    monkeypatch.setenv("HOLDFAST_TRUSTED_KEYS", keys["HOLDFAST_TRUSTED_KEYS"])
    assert "no event is signed" in said("verify", "--no-mirrors")

    with monkeypatch.context() as signing:
        signing.setenv("HOLDFAST_SIGNING_KEY", keys["HOLDFAST_SIGNING_KEY"])
        said("approve", "4", "--reason", "fine")

    assert told("verify", "--no-mirrors")["unsigned"] == 21
    assert "the first 21 events are unsigned" in said("verify", "--no-mirrors")

    with pytest.raises(LedgerError, match="event 22 of .* is signed, so the next must"):
        said("archive", "4", "--reason", "without the key")
    assert told("verify", "--no-mirrors")["events"] == 22
