from churn.scoring.release import Release, Served
from registry.release import release
from tests.ledger_histories import MODEL, History, usual
from tests.registry.test_verify import chained


def served(version: int) -> Served:
    return Served(str(version), f"/bundles/{version}", f"{version:064x}")


def test_the_head_of_the_ledger_says_what_is_served():
    events = chained(usual().events)

    assert release(MODEL, events) == Release(
        model=MODEL,
        sequence=len(events),
        ledger_hash=events[-1].hash,
        champion=served(2),
        challenger=served(4),
        mode="shadow",
        weight=0.0,
    )


def test_after_a_rollback_the_earlier_version_is_served():
    history = usual().add("rolled_back", 1, {"from": "2"})

    told = release(MODEL, chained(history.events))

    assert (told.champion, told.challenger, told.mode) == (served(1), None, "live")


def test_without_a_history_nothing_is_served():
    assert release(MODEL, History().events) == Release(
        MODEL, 0, "", None, None, "live", 0.0
    )
