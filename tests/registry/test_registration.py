from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from registry.ledger import Ledger
from registry.registration import Candidate, record
from registry.state import state
from tests.registry.test_state import decision

CANDIDATE = Candidate(
    model="churn",
    version="1",
    version_id="id-1",
    actor="ada",
    at=datetime(2024, 1, 1, tzinfo=UTC),
    evidence={"bundle_sha256": "abc"},
)


def numbered(number: int) -> Candidate:
    return replace(CANDIDATE, version=str(number), version_id=f"id-{number}")


def test_the_first_approved_version_goes_to_production_the_next_ones_queue(
    tmp_path: Path,
) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")

    champions = [None, None, "2", "2", "2"]
    became = [
        record(ledger, numbered(number), decision(approved=approved), against).became
        for number, (approved, against) in enumerate(
            zip([False, True, True, True, False], champions, strict=True), start=1
        )
    ]

    ledger.close()
    assert became == ["rejected", "production", "staging", "waiting", "rejected"]


def test_recording_the_same_version_again_changes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")

    first = record(ledger, CANDIDATE, decision(approved=True), None)
    again = record(ledger, CANDIDATE, decision(approved=True), None)

    n_events = len(ledger.events("churn"))
    ledger.close()
    assert again == first
    assert n_events == 2


def test_concurrent_first_models_yield_exactly_one_production_version(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    Ledger(url).close()

    def register(number: int) -> str:
        ledger = Ledger(url)
        try:
            return record(
                ledger, numbered(number), decision(approved=True), None
            ).became
        finally:
            ledger.close()

    with ThreadPoolExecutor(4) as pool:
        became = list(pool.map(register, range(4)))

    ledger = Ledger(url)
    head = state(ledger.events("churn"))
    ledger.close()
    assert sorted(became) == ["production", "rejected", "rejected", "rejected"]
    assert head.production is not None


def test_who_was_compared_with_another_champion_is_told_to_run_again(
    tmp_path: Path,
) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    record(ledger, numbered(1), decision(approved=True), None)

    late = record(ledger, numbered(2), decision(approved=True), None)

    reason = ledger.events("churn")[-1].reason
    ledger.close()
    assert late.became == "rejected"
    assert reason == "the champion changed meanwhile, run again; was because"
