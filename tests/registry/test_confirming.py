"""Whether what went live answers where it is served, and the way back if not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from churn.errors import BundleError, HoldfastError
from registry.conditions import Act
from registry.confirming import confirm, taken_back
from tests.ledger_histories import PLAN, History, in_rollout, stored_bundle
from tests.snapshot_rows import bundle


@pytest.fixture(scope="module")
def served():
    return bundle()


@pytest.fixture
def live(tmp_path, served):
    """Version 2 went live by a rollout over version 1; both bundles are there."""
    history = History()
    history.lineages = {
        n: stored_bundle(served, tmp_path / f"bundle{n}") for n in (1, 2)
    }
    history.trained(1, "promoted").trained(2, "staged", against=1)
    told = {"to": "shadow", "weight": 0, "plan": PLAN, "compared_with": "1"}
    history.add("rollout", 2, told)
    return history.add("promoted", 2, {"from": "1", "assessment": {"to": "live"}})


def act(history: History, **later) -> Act:
    return Act("ada", history.events[-1].at + timedelta(**later), "it does not answer")


def test_a_server_that_answers_as_when_trained_confirms(live, served):
    asked = []

    def ask(rows, version, sequence):
        asked.append((version, sequence))
        return served.score(served.inputs.columns(rows)[0])

    found = confirm(live.events, None, ask)

    assert (found.version, found.is_confirmed) == ("2", True)
    assert asked == [("2", len(live.events))]
    assert taken_back(live.events, found, act(live, minutes=1), None) == ()


def test_other_answers_take_a_version_back_that_went_live_just_now(live, served):
    found = confirm(live.events, None, lambda rows, *_: [0.5] * len(rows))

    (event,) = taken_back(live.events, found, act(live, minutes=1), None)

    assert not found.is_confirmed
    assert "golden rows are answered with probabilities 0." in found.sentence
    assert (event.kind, event.version) == ("rolled_back", "1")


def test_too_few_answers_and_none_at_all_are_no_confirmation(live):
    def silent(*_):
        raise HoldfastError("connection refused")

    few = confirm(live.events, None, lambda *_: [0.5])
    none = confirm(live.events, None, silent)

    assert "1 answers for 32" in few.sentence
    assert none.sentence == "version 2: connection refused"


def test_a_server_that_fails_later_is_no_reason_to_go_back(live):
    found = confirm(live.events, None, lambda *_: [])

    assert taken_back(live.events, found, act(live, hours=1), None) == ()
    assert taken_back(live.events, found, act(live, minutes=59), None) != ()


def test_what_a_person_promoted_without_a_rollout_is_not_taken_back(live):
    live.events[-1] = replace(live.events[-1], evidence={"from": "1"})
    found = confirm(live.events, None, lambda *_: [])

    assert not found.is_confirmed
    assert taken_back(live.events, found, act(live, minutes=1), None) == ()


def test_without_a_server_the_bundle_itself_has_to_load(live, tmp_path):
    assert "no server runs" in confirm(live.events, None, None).sentence

    (tmp_path / "bundle2" / "model.onnx").write_bytes(b"x")
    found = confirm(live.events, None, None)

    assert not found.is_confirmed
    assert taken_back(live.events, found, act(live, minutes=1), None)


def test_nobody_goes_back_to_what_cannot_be_loaded(live, tmp_path):
    (tmp_path / "bundle1" / "model.onnx").write_bytes(b"x")
    found = confirm(live.events, None, lambda *_: [])

    with pytest.raises(BundleError, match="model.onnx"):
        taken_back(live.events, found, act(live, minutes=1), None)


def test_during_a_rollout_nobody_is_asked():
    """Golden rows are no customers: the rollout must not be judged by them."""
    found = confirm(in_rollout("canary", weight=0.1).events, None, lambda *_: 1 / 0)

    assert found.is_confirmed
    assert found.sentence == "version 2, beside version 4"


def test_before_anything_is_live_there_is_nothing_to_confirm():
    found = confirm(History().trained(1, "staged").events, None, None)

    assert (found.version, found.is_confirmed) == (None, True)
