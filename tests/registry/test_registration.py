from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from churn.gates.decision import Decision
from registry.event import Kind, Lineage
from registry.ledger import Ledger
from registry.registration import Candidate, consequences, record
from registry.state import State, state
from registry.transitions import Act
from tests.ledger_histories import History

CANDIDATE = Candidate(
    model="churn",
    version="1",
    version_id="id-1",
    act=Act("ada", datetime(2024, 1, 1, tzinfo=UTC), "made by the run r"),
    lineage=Lineage(bundle_uri="/b", bundle_sha256="abc"),
    registered={"features": ["tenure"]},
    evaluated={"compared_with": None},
    decided={"decision": {"approved": True}, "stage": "staging"},
)


def decision(*, approved: bool, promotes_first: bool = True) -> Decision:
    return Decision(
        approved=approved,
        policy="improve",
        reason="because",
        gates=(),
        has_champion=False,
        promotes_without_champion=promotes_first,
    )


def numbered(number: int, against: str | None) -> Candidate:
    return replace(
        CANDIDATE,
        version=str(number),
        version_id=f"id-{number}",
        evaluated={"compared_with": against},
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    history = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    yield history
    history.close()


def test_the_first_approved_version_goes_to_production_the_next_ones_queue(ledger):
    champions = [None, None, "2", "2", "2"]

    became = [
        record(ledger, numbered(number, against), decision(approved=approved)).became
        for number, (approved, against) in enumerate(
            zip([False, True, True, True, False], champions, strict=True), start=1
        )
    ]

    assert became == ["rejected", "production", "staging", "waiting", "rejected"]


def test_a_version_is_told_from_its_making_to_what_became_of_it(ledger):
    done = record(ledger, CANDIDATE, decision(approved=True))

    events = ledger.events("churn")
    told = [(e.kind, e.reason, dict(e.evidence)) for e in events]
    assert told == [
        ("registered", "made by the run r", {"features": ["tenure"]}),
        ("evaluated", "made by the run r", {"compared_with": None}),
        ("decided", "because", {"decision": {"approved": True}, "stage": "staging"}),
        (
            "promoted",
            "because",
            {
                "approvers": [],
                "decision": {"approved": True},
                "from": None,
                "override": False,
            },
        ),
    ]
    assert {e.lineage for e in events} == {CANDIDATE.lineage}
    assert done.sequence == 4


def test_recording_the_same_version_again_changes_nothing(ledger):
    first = record(ledger, CANDIDATE, decision(approved=True))
    again = record(ledger, CANDIDATE, decision(approved=True))

    assert again == first
    assert len(ledger.events("churn")) == 4


def test_concurrent_first_models_yield_exactly_one_production_version(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    Ledger(url).close()

    def register(number: int) -> str:
        ledger = Ledger(url)
        try:
            return record(
                ledger, numbered(number, None), decision(approved=True)
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


def test_who_was_compared_with_another_champion_is_told_to_run_again(ledger):
    record(ledger, numbered(1, None), decision(approved=True))

    late = record(ledger, numbered(2, None), decision(approved=True))

    assert late.became == "rejected"
    assert ledger.events("churn")[-1].reason == (
        "the champion changed meanwhile, run again; was because"
    )


LIVE = History().trained(1, "promoted")
ROLLING = History().trained(1, "promoted").trained(2, "staged", against=1)


@pytest.mark.parametrize(
    ("history", "approved", "compared_with", "kinds"),
    [
        (History(), False, None, ()),
        (History(), True, None, ("promoted",)),
        (LIVE, True, "1", ("staged",)),
        (ROLLING, True, "1", ("waiting",)),
        (ROLLING, False, "1", ()),
        (LIVE, True, None, ()),
        (LIVE, True, "0", ()),
    ],
)
def test_a_decision_has_the_consequence_that_the_head_allows(
    history: History,
    approved: bool,
    compared_with: str | None,
    kinds: tuple[Kind, ...],
):
    head = state(history.events)

    assert consequences(head, decision(approved=approved), compared_with) == kinds


def test_the_first_model_is_only_staged_where_the_policy_says_so():
    careful = decision(approved=True, promotes_first=False)

    assert consequences(State(), careful, None) == ("staged",)
