import dataclasses

import pytest

from churn.errors import ConfigError
from cli.stacks.apply import apply_stack
from cli.stacks.client import client_at
from cli.stacks.flavors import FLAVORS
from cli.stacks.removing import remove_stack

pytestmark = [
    pytest.mark.zenml,
    pytest.mark.filterwarnings("ignore:DELETE statement on table"),
]


def _state(client):
    """Everything of ZenML that applying writes: names of all of it."""
    parts = [*client.list_stacks(), *client.list_stack_components()]
    flavors = [flavor.name for flavor in client.list_flavors(size=500)]
    return sorted([*(part.name for part in parts), *flavors]), client.list_tags().total


def test_removing_leaves_zenml_as_it_was_before_applying(small, clean_zenml):
    client = client_at(clean_zenml, small)
    before = _state(client)
    apply_stack(small, root=clean_zenml)

    changes = remove_stack(small, root=clean_zenml)

    assert _state(client) == before
    assert client.active_stack_model.name == "default"
    assert {change.action for change in changes} == {"removed", "changed"}
    assert remove_stack(small, root=clean_zenml) == []


@pytest.mark.long
def test_what_an_earlier_file_had_goes_too_and_what_is_of_others_stays(
    small, clean_zenml
):
    client = client_at(clean_zenml, small)
    kept = {k: c for k, c in small.components.items() if k != "alerter"}
    mine, other = (
        dataclasses.replace(small, zenml_name=name)
        for name in ("holdfast-s", "holdfast-s-too")
    )
    apply_stack(other, root=clean_zenml)
    others = _state(client)
    apply_stack(mine, root=clean_zenml)
    apply_stack(dataclasses.replace(mine, components=kept), root=clean_zenml)

    remove_stack(mine, root=clean_zenml)

    assert _state(client) == others


@pytest.mark.long
def test_a_component_that_another_stack_uses_stops_the_removal(small, clean_zenml):
    client = client_at(clean_zenml, small)
    apply_stack(small, root=clean_zenml)
    ours = client.active_stack_model.components
    client.create_stack("theirs", {kind: of[0].id for kind, of in ours.items()})
    before = _state(client)

    with pytest.raises(ConfigError, match="the stack theirs uses holdfast-local-"):
        remove_stack(small, root=clean_zenml)

    assert _state(client) == before


@pytest.mark.long
def test_a_stack_that_is_active_on_the_whole_machine_is_not_removed(small, clean_zenml):
    from zenml.config.global_config import GlobalConfiguration

    client = client_at(clean_zenml, small)
    apply_stack(small, root=clean_zenml)
    GlobalConfiguration().set_active_stack(client.active_stack_model)
    before = _state(client)

    with pytest.raises(ConfigError, match="zenml stack set default"):
        remove_stack(small, root=clean_zenml)

    assert _state(client) == before


@pytest.mark.long
def test_a_flavor_that_is_of_another_project_by_now_stays(
    small, clean_zenml, monkeypatch
):
    client = client_at(clean_zenml, small)
    apply_stack(small, root=clean_zenml)
    monkeypatch.setitem(FLAVORS, ("alerter", "holdfast_file"), "moved.Flavor")

    remove_stack(small, root=clean_zenml)

    assert "holdfast_file" in _state(client)[0]
