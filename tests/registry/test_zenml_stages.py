"""Stages, tags and the remembered head in a real ZenML store."""

from dataclasses import replace
from pathlib import Path

import pytest
from zenml.client import Client
from zenml.models import ModelVersionResponse

from registry.event import Event
from registry.verify import Head
from registry.zenml_stages import mirror_stages, zenml_heads
from tests.ledger_histories import History
from tests.registry.test_verify import chained


class Shop:
    """A model in ZenML whose versions are numbered as in its history."""

    def __init__(self, n: int) -> None:
        Client().create_model("churn")
        self.versions = {
            k: Client().create_model_version("churn") for k in range(1, n + 1)
        }
        self.history = History("churn")

    def mirror(self) -> tuple[str, ...]:
        return mirror_stages(self.events())

    def events(self) -> tuple[Event, ...]:
        return chained(
            [
                replace(e, version_id=str(self.versions[int(e.version)].id))
                for e in self.history.events
            ]
        )

    def seen(self, number: int) -> ModelVersionResponse:
        return Client().get_model_version("churn", self.versions[number].id)

    def stages(self) -> list[str | None]:
        return [self.seen(number).stage for number in self.versions]


@pytest.fixture
def shop(clean_zenml: Path) -> Shop:
    return Shop(3)


def test_stages_and_tags_follow_the_history_and_a_second_look_changes_nothing(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    shop.history.trained(3, None, against=1)

    changed = shop.mirror()
    again = shop.mirror()

    tags = [{tag.name for tag in shop.seen(k).tags} for k in shop.versions]
    assert shop.stages() == ["production", "staging", None]
    assert tags == [{"approved"}, {"approved"}, {"rejected"}]
    assert len(changed) == 5
    assert again == ()


def test_a_new_production_version_takes_the_stage_and_the_old_one_is_archived(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    shop.mirror()

    shop.history.add("promoted", 2)
    shop.mirror()

    assert shop.stages() == ["archived", "production", None]


def test_after_a_rollback_the_bad_version_is_archived(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    shop.history.add("promoted", 2).trained(3, "staged", against=2)
    shop.mirror()

    shop.history.add("rolled_back", 1, {"from": "2"})
    shop.mirror()

    assert shop.stages() == ["production", "archived", "none"]
    assert shop.mirror() == ()


def test_an_archived_version_leaves_its_stage(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    shop.history.trained(3, "waiting", against=1)
    shop.mirror()

    shop.history.add("archived", 2).add("archived", 3)
    shop.mirror()

    assert shop.stages() == ["production", "archived", "archived"]


def test_a_stage_that_was_moved_by_hand_is_put_right(shop):
    shop.history.trained(1, "promoted")
    shop.mirror()
    shop.seen(2).set_stage("production", force=True)

    changed = shop.mirror()

    assert changed == ("stage production to version 1",)
    assert shop.stages()[0] == "production"


def test_the_head_is_remembered_by_its_version(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    assert zenml_heads("churn") == ()

    shop.mirror()
    first = shop.events()[-1]
    shop.history.add("approved", 1)
    shop.mirror()

    last = shop.events()[-1]
    heads = sorted(zenml_heads("churn"), key=lambda head: head.sequence)
    assert heads == [
        Head("ZenML", first.sequence, first.hash),
        Head("ZenML", last.sequence, last.hash),
    ]


def test_who_read_the_history_too_early_changes_nothing(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    early = shop.events()
    shop.history.add("promoted", 2)
    shop.mirror()

    assert mirror_stages(early) == ()
    assert shop.stages() == ["archived", "production", None]


def test_who_read_before_a_rollback_does_not_undo_it(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    shop.history.add("promoted", 2)
    shop.mirror()
    early = shop.events()
    shop.history.add("rolled_back", 1, {"from": "2"})
    shop.mirror()

    assert mirror_stages(early) == ()
    assert shop.stages() == ["production", "archived", None]


def test_what_was_mirrored_before_is_not_walked_again(shop, monkeypatch):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    shop.mirror()
    asked = []
    get = Client.get_model_version
    monkeypatch.setattr(
        Client, "get_model_version", lambda *a: asked.append(a[2]) or get(*a)
    )

    shop.mirror()

    # The two stages and those who should hold them.
    assert len(asked) == 4


def test_a_version_or_a_model_that_this_store_lacks_is_passed_over(shop):
    nowhere = "00000000-0000-0000-0000-000000000000"
    lost = History("churn").trained(1, "promoted").events
    unknown = [replace(event, version_id=nowhere) for event in lost]

    assert mirror_stages(chained(unknown)) == ()
    assert mirror_stages(()) == ()
    assert zenml_heads("absent") == ()


def begun(shop: Shop, version: int) -> None:
    told = {"to": "shadow", "weight": 0, "plan": {}, "compared_with": "1"}
    shop.history.add("rollout", version, told)


def test_whose_rollout_is_stopped_is_archived_and_the_next_one_takes_staging(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    shop.history.trained(3, "waiting", against=1)
    begun(shop, 2)
    shop.mirror()
    assert shop.stages() == ["production", "staging", None]

    shop.history.add("stopped", 2)
    shop.mirror()

    assert shop.stages() == ["production", "archived", "staging"]
    assert shop.mirror() == ()


def test_who_makes_room_in_staging_waits_and_is_not_archived(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    shop.history.trained(3, "waiting", against=1)
    shop.mirror()

    begun(shop, 3)
    shop.mirror()

    assert shop.stages() == ["production", "none", "staging"]
    assert shop.mirror() == ()


def test_a_stopped_version_that_begins_again_is_in_staging_again(shop):
    shop.history.trained(1, "promoted").trained(2, "staged", against=1)
    begun(shop, 2)
    shop.history.add("stopped", 2)
    shop.mirror()
    assert shop.stages()[1] == "archived"

    begun(shop, 2)
    shop.mirror()

    assert shop.stages()[1] == "staging"
