import dataclasses

import pytest

from churn.errors import ConfigError
from cli.stacks.apply import apply_stack, write_since
from cli.stacks.checking import check_stack
from cli.stacks.client import StackError, client_at
from cli.stacks.comparing import Wanted
from cli.stacks.held import held

# With "-holdfast_file" as long as ZenML allows, with "-holdfast_local" one too long.
LONGEST = "holdfast-".ljust(241, "x")


def _named(stack, name, **components):
    kept = {kind: part for kind, part in stack.components.items() if kind in components}
    changed = {
        kind: dataclasses.replace(part, configuration=components[kind])
        for kind, part in kept.items()
    }
    return dataclasses.replace(stack, zenml_name=name, components=changed)


BARE = {"orchestrator": {}, "artifact_store": {"path": "/a"}}


@pytest.mark.zenml
@pytest.mark.filterwarnings("ignore:DELETE statement on table")
def test_a_failure_in_the_middle_takes_everything_back(local, clean_zenml):
    client = client_at(clean_zenml, local)
    first = _named(local, LONGEST, **BARE, alerter={"path": "/old"})
    apply_stack(first, root=clean_zenml)
    before = held(client, LONGEST)
    server = {"folder": "/s", "first_port": 8080}
    wrong = _named(
        local, LONGEST, **BARE, alerter={"path": "/new"}, model_deployer=server
    )

    with pytest.raises(StackError, match="at most 255 characters"):
        apply_stack(wrong, root=clean_zenml)

    assert held(client, LONGEST) == before
    assert client.list_tags().total == 0


@pytest.mark.zenml
@pytest.mark.long
def test_a_failure_on_the_first_time_leaves_nothing_at_all(local, clean_zenml):
    client = client_at(clean_zenml, local)
    nothing = held(client, LONGEST)
    server = {"folder": "/s", "first_port": 8080}
    wrong = _named(local, LONGEST, **BARE, model_deployer=server)

    with pytest.raises(StackError, match="at most 255 characters"):
        apply_stack(wrong, root=clean_zenml)

    assert held(client, LONGEST) == nothing
    assert nothing.components == nothing.flavors == {}


@pytest.mark.zenml
def test_who_is_overtaken_is_told_and_writes_nothing(local, clean_zenml):
    client = client_at(clean_zenml, local)
    mine = _named(local, "holdfast-s", **BARE, alerter={"path": "/mine"})
    theirs = _named(local, "holdfast-s", **BARE, alerter={"path": "/theirs"})
    seen = held(client, "holdfast-s")
    apply_stack(theirs, root=clean_zenml)
    stands = held(client, "holdfast-s")

    with pytest.raises(ConfigError, match="somebody else applied other.*stacks diff"):
        write_since(client, Wanted(mine, check_stack(mine), {}), seen, is_forced=False)

    assert held(client, "holdfast-s") == stands


@pytest.mark.zenml
@pytest.mark.long
def test_who_is_overtaken_by_the_same_settings_has_nothing_to_do(local, clean_zenml):
    client = client_at(clean_zenml, local)
    mine = _named(local, "holdfast-s", **BARE)
    seen = held(client, "holdfast-s")
    apply_stack(mine, root=clean_zenml)

    changes = write_since(
        client, Wanted(mine, check_stack(mine), {}), seen, is_forced=False
    )

    assert {change.action for change in changes} == {"left"}
