"""Tags, copies and aliases in a real MLflow registry."""

from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from churn.errors import HoldfastError
from registry.mlflow_registry import find_version, mirror_registry, mlflow_heads
from registry.verify import Head
from tests.ledger_histories import History
from tests.registry.test_verify import chained

LIVE = "churn-production"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making the database takes seconds; each test copies it."""
    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    MlflowClient(f"sqlite:///{path}").search_registered_models()
    return path


@pytest.fixture
def client(empty: Path, tmp_path: Path) -> MlflowClient:
    path = tmp_path / "mlflow.db"
    path.write_bytes(empty.read_bytes())
    client = MlflowClient(f"sqlite:///{path}")
    client.create_registered_model("churn")
    for number in (1, 2, 3):
        tags = {"version": str(number), "version_id": f"id-{number}"}
        client.create_model_version("churn", str(tmp_path), tags=tags)
    return client


def mirror(client: MlflowClient, history: History) -> tuple[str, ...]:
    return mirror_registry(client, "churn", chained(history.events))


def aliases(client: MlflowClient, name: str) -> dict[str, str]:
    """Which of our versions each alias means."""
    known = client.get_registered_model(name)
    return {
        alias: client.get_model_version(name, number).tags["version"]
        for alias, number in known.aliases.items()
    }


def copies(client: MlflowClient) -> list[str]:
    found = client.search_model_versions(f"name = '{LIVE}'")
    return sorted(version.tags["version"] for version in found)


def test_the_live_version_is_the_champion_of_a_model_that_holds_approved_ones(client):
    history = History("churn").trained(1, "promoted").trained(2, "staged", against=1)
    history.trained(3, None, against=1)

    mirror(client, history)

    decisions = [
        find_version(client, "churn", f"id-{number}").tags["decision"]
        for number in (1, 2, 3)
    ]
    assert decisions == ["approved", "approved", "rejected"]
    assert copies(client) == ["1", "2"]
    assert aliases(client, LIVE) == {"champion": "1"}
    assert aliases(client, "churn") == {"champion": "1", "challenger": "2"}


def test_a_second_look_changes_nothing(client):
    history = History("churn").trained(1, "promoted").trained(2, "staged", against=1)

    assert mirror(client, history) != ()
    assert mirror(client, history) == ()
    assert copies(client) == ["1", "2"]


def test_aliases_move_with_promotion_and_rollback_and_go_when_nobody_is_meant(client):
    history = History("churn").trained(1, "promoted").trained(2, "staged", against=1)
    mirror(client, history)

    mirror(client, history.add("promoted", 2))
    promoted = [aliases(client, name) for name in (LIVE, "churn")]
    mirror(client, history.add("rolled_back", 1, {"from": "2"}))

    assert promoted == [{"champion": "2"}, {"champion": "2"}]
    assert aliases(client, LIVE) == {"champion": "1"}


def test_who_read_the_history_too_early_changes_nothing(client):
    history = History("churn").trained(1, "promoted").trained(2, "staged", against=1)
    early = chained(history.events)
    mirror(client, history.add("promoted", 2))

    assert mirror_registry(client, "churn", early) == ()
    assert aliases(client, LIVE) == {"champion": "2"}


def test_a_version_that_is_live_against_the_policy_is_copied_too(client):
    history = History("churn").trained(1, "promoted").trained(2, None, against=1)
    mirror(client, history)

    mirror(client, history.add("promoted", 2))

    assert copies(client) == ["1", "2"]
    assert aliases(client, LIVE) == {"champion": "2"}


def test_tags_carry_the_ledgers_head_on_both_models_and_on_what_is_live(client):
    history = History("churn").trained(1, "promoted").trained(2, None, against=1)
    assert mlflow_heads(client, "churn") == ()

    mirror(client, history)

    events = chained(history.events)
    live = find_version(client, LIVE, "id-1").tags
    last, promoted = (
        Head("MLflow", e.sequence, e.hash) for e in (events[-1], events[3])
    )
    assert mlflow_heads(client, "churn") == (last, last, promoted)
    assert live["ledger_head"] == f"4:{events[3].hash}"


def test_a_tag_that_names_no_event_is_no_head(client):
    client.set_registered_model_tag("churn", "ledger_head", "four:abc")

    assert mlflow_heads(client, "churn") == ()


def test_an_alias_that_was_moved_by_hand_is_put_right(client):
    history = History("churn").trained(1, "promoted").trained(2, "staged", against=1)
    mirror(client, history)
    client.set_registered_model_alias("churn", "champion", "3")

    assert mirror(client, history) == ("MLflow: churn champion is its own version 1",)


def test_a_model_or_a_version_that_mlflow_lacks_is_passed_over(client):
    lost = [
        replace(event, version_id="id-lost")
        for event in History("churn").trained(1, "promoted").events
    ]

    assert mirror_registry(client, "absent", chained(lost)) == ()
    assert mirror_registry(client, "churn", chained(lost)) == ()
    assert mlflow_heads(client, "absent") == ()


def test_an_mlflow_that_cannot_be_reached_is_told_in_one_line(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    client = MlflowClient("http://127.0.0.1:1")

    with pytest.raises(HoldfastError, match="'churn' in MLflow, found .*start") as seen:
        mlflow_heads(client, "churn")

    assert "\n" not in str(seen.value)
