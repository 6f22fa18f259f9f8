import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry import ledger as ledger_module
from registry.errors import (
    LedgerBrokenError,
    LedgerError,
    LedgerMissingError,
    LedgerMovedError,
)
from registry.ledger import Ledger
from registry.rows import EVENTS, to_row
from tests.conftest import CHECKOUT
from tests.ledger_histories import History

THREE = History("churn").trained(1, None).events
FOURTH = History("churn").trained(1, None).add("archived", 1).events[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Ledger:
    history = Ledger(f"sqlite:///{path}")
    yield history
    history.close()


def test_what_was_appended_comes_back_equal_and_in_order(ledger: Ledger):
    first = ledger.append(*THREE)
    second = ledger.append(FOURTH)

    assert ledger.events("churn") == first + second
    assert [e.previous_hash for e in first + second] == [
        "",
        *(e.hash for e in (first + second)[:-1]),
    ]


def test_what_append_returns_is_what_is_read_also_of_values_json_does_not_have(
    ledger: Ledger,
):
    event = replace(THREE[0], evidence={"pair": (1, 2)})

    assert ledger.append(event) == ledger.events("churn")
    assert ledger.events("churn")[0].evidence == {"pair": [1, 2]}


def test_models_have_histories_of_their_own(ledger: Ledger):
    ledger.append(*THREE)
    ledger.append(replace(THREE[0], model="another"))

    assert [len(ledger.events(name)) for name in ("churn", "another", "none")] == [
        3,
        1,
        0,
    ]


def test_after_a_signed_event_none_is_appended_without_a_signature(
    ledger: Ledger, path: Path
):
    before = ledger.append(*THREE[:1])
    signing = Ledger(f"sqlite:///{path}", sign=lambda _: "key:signature")
    before += signing.append(*THREE[1:])

    with pytest.raises(
        LedgerError, match="event 3 of 'churn' is signed, .*SIGNING_KEY"
    ):
        ledger.append(FOURTH)
    assert ledger.events("churn") == before
    signing.close()


def test_a_taken_number_is_refused_and_nothing_is_written(ledger: Ledger):
    before = ledger.append(*THREE)

    with pytest.raises(LedgerMovedError, match="of 'churn' moved on: event 3 is not"):
        ledger.append(THREE[2], FOURTH)
    assert ledger.events("churn") == before


def test_a_number_with_a_gap_before_it_is_refused(ledger: Ledger):
    before = ledger.append(*THREE[:2])

    with pytest.raises(LedgerMovedError, match="event 4 is not the next one"):
        ledger.append(FOURTH)
    assert ledger.events("churn") == before


def test_of_200_processes_that_saw_the_same_head_exactly_one_promotes(path: Path):
    url = f"sqlite:///{path}"
    History("churn").trained(1, "staged").write(url)

    done = subprocess.run(
        [sys.executable, "-m", "tests.registry.promoters", url, "200"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    ends = json.loads(done.stdout)
    assert (len(ends), ends.count("won")) == (200, 1)
    assert set(ends) == {"won", "LedgerMovedError"}


@pytest.mark.parametrize(
    "change",
    ["UPDATE ledger_events SET reason = 'x'", "DELETE FROM ledger_events"],
)
def test_the_file_itself_refuses_to_change_or_remove(
    ledger: Ledger, path: Path, change: str
):
    before = ledger.append(*THREE)

    with pytest.raises(sqlite3.IntegrityError, match="the ledger is append-only"):
        by_hand(path, change)
    assert ledger.events("churn") == before


def test_who_only_reads_makes_no_file_and_is_told_to_train(path: Path):
    with pytest.raises(LedgerMissingError, match="no ledger at sqlite:.*first train"):
        Ledger(f"sqlite:///{path}", create=False)
    assert not path.parent.exists()


def test_a_file_without_the_table_is_no_ledger_and_stays_as_it_is(path: Path):
    path.parent.mkdir()
    path.write_bytes(b"")

    with pytest.raises(LedgerMissingError):
        Ledger(f"sqlite:///{path}", create=False)
    assert path.read_bytes() == b""


def test_a_ledger_without_a_chain_is_of_a_format_not_known(path: Path):
    path.parent.mkdir()
    by_hand(path, "CREATE TABLE ledger_events (model TEXT, sequence INTEGER)")

    with pytest.raises(LedgerError, match="of a format that this Holdfast does not"):
        Ledger(f"sqlite:///{path}")


def test_a_ledger_of_a_newer_format_is_refused(ledger: Ledger, path: Path):
    with ledger._engine.begin() as connection:
        connection.execute(sa.insert(EVENTS), to_row(THREE[0]) | {"format": 2})

    with pytest.raises(LedgerError, match="format 2, newer than 1; upgrade Holdfast"):
        Ledger(f"sqlite:///{path}")


def test_a_locked_file_is_told_and_nothing_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ledger_module, "SQLITE_BUSY_SECONDS", 0.1)
    monkeypatch.setattr("registry.database.SQLITE_BUSY_SECONDS", 0.1)
    ledger = Ledger(f"sqlite:///{path}")
    before = ledger.append(*THREE)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LedgerError, match="locked for 0.1 s, try again .* nothing"):
        ledger.append(FOURTH)

    other.close()
    assert ledger.events("churn") == before
    ledger.close()


def test_a_file_that_is_no_database_is_told_in_one_line(path: Path):
    path.parent.mkdir()
    path.write_text("no database" * 100)

    with pytest.raises(LedgerError, match="file is not a database; nothing was") as e:
        Ledger(f"sqlite:///{path}")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlit:///x.db", "sqlit: is no known database; nearest is sqlite"),
        ("postgresql+psycopg://a:b@c:port/d", "expected postgresql.psycopg://NAME@"),
        ("sqlite", "expected sqlite://"),
    ],
)
def test_a_bad_address_is_told_in_one_line(url: str, told: str):
    with pytest.raises(LedgerError, match=told):
        Ledger(url)


def test_an_unreachable_server_is_told_without_the_password():
    with pytest.raises(LedgerError, match="nothing was changed") as caught:
        # A password that the driver's own message happens to hold.
        Ledger("mysql+pymysql://keeper:refused@127.0.0.1:9/shop")
    assert "refused" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("evidence", "{} "),
        ("evidence", "no JSON"),
        ("at", "2026-03-01T10:00:00.000000-00:00"),
        ("at", "yesterday"),
        ("at", "0001-01-01T00:00:00.000000+14:00"),
        ("reason", b"registered 1"),
        ("actor", b"trainer"),
        ("hash", b""),
        ("sequence", "one"),
        ("format", 0),
    ],
)
def test_a_row_that_is_not_the_very_text_of_an_event_is_broken(
    ledger: Ledger, path: Path, column: str, value: object
):
    ledger.append(*THREE)
    by_hand(path, "DROP TRIGGER ledger_no_update")
    by_hand(path, f"UPDATE ledger_events SET {column} = ? WHERE sequence = 1", value)

    with pytest.raises(LedgerBrokenError, match="of 'churn' is not as it was written"):
        ledger.events("churn")


def by_hand(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute(statement, values)
    finally:
        connection.close()


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path):
    (tmp_path / "a file").touch()

    with pytest.raises(LedgerError, match="the ledger sqlite:.* Not a directory") as no:
        Ledger(f"sqlite:///{tmp_path}/a file/deep/ledger.db")

    assert "\n" not in str(no.value)
