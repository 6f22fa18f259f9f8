"""Stages and tags in a real ZenML store."""

from dataclasses import replace
from pathlib import Path

from zenml.client import Client
from zenml.models import ModelVersionResponse

from registry.ledger import Event
from registry.zenml_stages import mirror_stages
from tests.registry.test_ledger import event


def versions(n: int) -> list[ModelVersionResponse]:
    Client().create_model("churn")
    return [Client().create_model_version("churn") for _ in range(n)]


def about(version: ModelVersionResponse, sequence: int, kind: str) -> Event:
    return replace(event(sequence, kind), version_id=str(version.id))


def stage(version: ModelVersionResponse) -> str | None:
    return Client().get_model_version("churn", version.id).stage


def test_stages_and_tags_follow_the_history_and_a_second_look_changes_nothing(
    clean_zenml: Path,
) -> None:
    first, second = versions(2)
    history = [
        about(first, 1, "approved"),
        about(first, 2, "promoted"),
        about(second, 3, "approved"),
        about(second, 4, "staged"),
    ]

    changed = mirror_stages(history)
    again = mirror_stages(history)

    assert (stage(first), stage(second)) == ("production", "staging")
    assert len(changed) == 4
    assert again == ()


def test_a_new_production_version_takes_the_stage_and_the_old_one_is_archived(
    clean_zenml: Path,
) -> None:
    first, second = versions(2)
    history = [about(first, 1, "promoted"), about(second, 2, "promoted")]

    mirror_stages(history[:1])
    mirror_stages(history)

    assert (stage(first), stage(second)) == ("archived", "production")


def test_a_version_that_this_store_lacks_is_passed_over(clean_zenml: Path) -> None:
    versions(1)
    unknown = replace(
        event(1, "promoted"), version_id="00000000-0000-0000-0000-000000000000"
    )

    assert mirror_stages([unknown]) == ()
