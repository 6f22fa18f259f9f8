from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.ledger import Event, Ledger, LedgerMovedError


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    history = Ledger(f"sqlite:///{tmp_path}/deep/ledger.db")
    yield history
    history.close()


def event(sequence: int, kind: str = "approved", version: str = "1") -> Event:
    return Event(
        model="churn",
        sequence=sequence,
        kind=kind,
        version=version,
        version_id=f"id-{version}",
        at=datetime(2024, 1, 1, tzinfo=UTC),
        actor="ada",
        reason="it passed",
        evidence={"bundle_sha256": "abc"},
    )


def test_what_was_appended_comes_back_equal_and_in_order(ledger: Ledger) -> None:
    ledger.append(event(1), event(2, "promoted"))
    ledger.append(event(3, "rejected", "2"))

    assert ledger.events("churn") == (
        event(1),
        event(2, "promoted"),
        event(3, "rejected", "2"),
    )


def test_models_have_histories_of_their_own(ledger: Ledger) -> None:
    ledger.append(event(1))

    assert ledger.events("another") == ()


def test_a_taken_sequence_number_is_refused_and_nothing_is_written(
    ledger: Ledger,
) -> None:
    ledger.append(event(1))

    with pytest.raises(LedgerMovedError, match="event 1 of model 'churn'"):
        ledger.append(event(1, version="2"), event(2, version="2"))
    assert ledger.events("churn") == (event(1),)


def test_of_many_writers_at_once_exactly_one_gets_the_next_number(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"

    def write(version: int) -> bool:
        writer = Ledger(url)
        try:
            writer.append(event(1, version=str(version)))
        except LedgerMovedError:
            return False
        finally:
            writer.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(16)))

    assert won.count(True) == 1
