"""What the ledger tells the page of a model."""

from datetime import timedelta

from registry.page import model_report, origin
from tests.ledger_histories import MODEL, START, History, in_rollout, usual


def report(history):
    return model_report(MODEL, "subscriptions", tuple(history.events))


def test_what_is_live_is_the_last_promotion_with_its_approvers_and_reason():
    live = report(usual()).live

    assert (live.version.version, live.actor, live.reason) == ("2", "ada", "worth it")
    assert (live.rolled_back_from, live.approvers, live.is_override) == (
        None,
        ("bo",),
        False,
    )
    assert live.since == START + timedelta(hours=10)


def test_versions_and_history_come_newest_first():
    found = report(usual())

    assert [(v.version, v.stage) for v in found.versions] == [
        ("5", "waiting"),
        ("4", "staging"),
        ("3", "refused"),
        ("2", "production"),
        ("1", "retired"),
    ]
    assert [one.sequence for one in found.history] == list(range(21, 0, -1))
    assert (found.sequence, found.at) == (21, START + timedelta(hours=21))


def test_an_approval_does_not_bring_a_version_to_another_stage():
    history = usual()
    staged_at = history.events[16].at
    history.add("approved", 4)

    (found,) = [v for v in report(history).versions if v.version == "4"]

    assert (history.events[16].kind, history.events[16].version) == ("staged", "4")
    assert found.since == staged_at


def test_a_version_carries_its_measurements_and_its_decision():
    (refused,) = [v for v in report(usual()).versions if v.version == "3"]

    assert refused.figures["roc_auc"].n == 8412
    assert not refused.decision.approved
    assert refused.kind == "xgboost"


def test_a_rollback_would_go_to_the_last_healthy_version():
    fallback = report(usual()).fallback

    assert fallback.version == "1"
    assert "Version 1 would be live again" in fallback.sentence
    assert "2026-03-01 13:00 UTC" in fallback.sentence


def test_where_there_is_no_way_back_the_reason_is_told():
    history = History().trained(1, "promoted")

    fallback = report(history).fallback

    assert fallback.version is None
    assert "no version was live and healthy before version 1" in fallback.sentence


def test_after_a_rollback_the_page_says_so():
    history = usual().add("rolled_back", 1, {"from": "2"}, actor="cy", reason="bad")

    found = report(history)

    assert (found.live.version.version, found.live.rolled_back_from) == ("1", "2")
    assert found.history[0].what == "2 rolled back, 1 live again"
    (back,) = [v for v in found.versions if v.version == "2"]
    assert (back.stage, back.why) == ("rolled back", "bad (cy)")
    assert back.since == found.live.since


def test_a_stopped_version_tells_why_and_who_stopped_it():
    history = in_rollout("shadow")
    history.add("stopped", 4, {"by": "person"}, actor="bo", reason="complaints")

    (found,) = [v for v in report(history).versions if v.version == "4"]

    assert (found.stage, found.why) == ("stopped", "complaints (bo)")


def test_what_the_pipeline_stopped_has_its_reason_alone():
    history = in_rollout("shadow")
    history.add("stopped", 4, {"by": "guard"}, reason="back from shadow: too slow")

    (found,) = [v for v in report(history).versions if v.version == "4"]

    assert found.why == "back from shadow: too slow"


def test_an_override_is_marked_in_history_and_on_what_is_live():
    history = usual().add("promoted", 3, {"override": True, "from": "2"})

    found = report(history)

    assert found.live.is_override
    assert [one.sequence for one in found.history if one.is_override] == [22]


def test_a_model_without_a_history_has_an_empty_page():
    found = report(History())

    assert (found.live, found.versions, found.history, found.at) == (None, (), (), None)


def test_of_the_origin_only_what_is_known_is_told():
    event = History().add("registered", 1).events[0]

    assert list(origin(event)) == [
        *("run", "data", "configuration", "commit", "bundle", "address")
    ]
    assert "MLflow run" not in origin(event)
