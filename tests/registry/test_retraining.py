"""What a history says about training again, and what is written into it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from churn.retraining.decide import decide
from churn.retraining.plan import Limits, Trigger
from registry.errors import RefusedError
from registry.ledger import Ledger
from registry.retraining import (
    case_of,
    decided,
    decision_of,
    ended,
    last_decision,
)
from registry.state import state
from registry.transitions import Act
from tests.ledger_histories import START, History, in_rollout, usual

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ACT = Act("ada", NOW, "made by the run x")
TRIGGER = Trigger(
    name="never",
    description="Only people.",
    policy="refresh",
    limits=Limits(
        cool_down_days=0,
        most_per_year=9,
        most_health_age_days=7,
        waits_for_rollout_days=0,
        waits_for_sound_data=False,
    ),
    rules=(),
)


def looked(events, *, asked=None, moment=NOW):
    """The history after one look."""
    decision = decide(TRIGGER, case_of(events, moment, None, asked))
    return (*events, *decided(events, replace(ACT, at=moment), decision))


def test_a_training_counts_from_what_it_knew_not_from_when_it_ran():
    as_of = {"registered": {"as_of": "2026-01-15T00:00:00+00:00"}}
    history = History().trained(1, "promoted", **as_of).trained(2, None, against=1)

    case = case_of(history.events, NOW, None, None)

    assert (case.champion, case.trained) == ("1", datetime(2026, 1, 15, tzinfo=UTC))
    # The second says nothing of it: it counts from when it was made, START + 5 hours.
    assert case.last_training == START + timedelta(hours=5)


def test_a_version_in_staging_is_on_its_way_whether_or_not_its_rollout_began():
    for history in (usual(), in_rollout("canary", weight=0.1)):
        assert case_of(history.events, NOW, None, None).on_its_way == "4"
    alone = History().trained(1, "promoted")

    assert case_of(alone.events, NOW, None, None).on_its_way is None


def test_decisions_to_train_are_counted_by_day_and_others_are_not():
    events = tuple(usual().events)
    for day in (1, 1, 3):
        events = looked(events, asked="so", moment=NOW + timedelta(days=day))
    events = looked(events, moment=NOW + timedelta(days=4))

    case = case_of(events, NOW + timedelta(days=5), None, None)

    assert case.retrainings == (date(2026, 6, 2), date(2026, 6, 4))


def test_nothing_happens_to_any_version(tmp_path):
    before = tuple(usual().events)
    events = looked(before, asked="prices changed")
    events = (*events, *ended(events, ACT, "failed", {}))

    was, is_ = state(before), state(events)

    assert replace(is_, sequence=was.sequence, hash=was.hash) == was
    kinds = [(e.kind, e.version, e.reason) for e in events[len(before) :]]
    assert kinds == [
        ("retraining", "2", "retrain, a person asks: prices changed"),
        ("retraining", "2", "made by the run x"),
    ]


def test_what_is_kept_comes_back_equal_from_a_real_ledger(tmp_path):
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    events = ledger.append(*usual().events)
    decision = decide(TRIGGER, case_of(events, NOW, None, "prices changed"))

    ledger.append(*decided(events, ACT, decision))
    ledger.append(
        *ended(ledger.events(events[0].model), ACT, "trained", {"version": "6"})
    )

    kept = ledger.events(events[0].model)
    asked = last_decision(kept)
    assert asked is not None
    assert decision_of(asked) == decision
    assert kept[-1].evidence == {
        "ended": "trained",
        "decided_at": asked.sequence,
        "version": "6",
    }
    ledger.close()


def test_without_a_version_in_production_there_is_nothing_to_train_again():
    refused = History().trained(1, None).events

    with pytest.raises(RefusedError, match="nothing is in production"):
        case_of(refused, NOW, None, None)
    with pytest.raises(RefusedError, match="nothing is in production"):
        ended(refused, ACT, "failed", {})
