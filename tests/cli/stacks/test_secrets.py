import dataclasses
import os
from pathlib import Path

import pytest
from zenml import pipeline, step

from churn.errors import ConfigError
from cli.stacks.apply import apply_stack
from cli.stacks.checking import check_stack
from cli.stacks.client import client_at
from cli.stacks.file import Component, load_stack
from cli.stacks.secrets import environment_of

NAMES = ("HOLDFAST_LEDGER_PASSWORD", "HOLDFAST_LEDGER_URL", "AWS_REGION")


@step(enable_cache=False)
def look_around() -> dict[str, str]:
    """Report what the step sees."""
    return {name: os.environ[name] for name in NAMES}


@pipeline
def looking() -> None:
    """Run the one step."""
    look_around()


@pytest.fixture
def guarded(local):
    """The local stack with a secret, which is a variable and is referred to."""
    tracker = Component(
        "mlflow",
        {
            "tracking_uri": "http://mlflow.invalid",
            "tracking_username": "{{hush.USER}}",
            "tracking_password": "{{hush.PASSWORD}}",
        },
    )
    return dataclasses.replace(
        local,
        components={**local.components, "experiment_tracker": tracker},
        variables={"AWS_REGION": "eu"},
        secrets=("hush",),
    )


@pytest.mark.zenml
@pytest.mark.long
def test_a_step_sees_the_keys_of_the_secret_beside_the_stores(
    guarded, clean_zenml, monkeypatch
):
    monkeypatch.chdir(clean_zenml)
    client = client_at(clean_zenml, guarded)
    keys = {"HOLDFAST_LEDGER_PASSWORD": "p", "USER": "u", "PASSWORD": "w"}
    client.create_secret("hush", keys)
    apply_stack(guarded, root=clean_zenml)

    seen = looking().steps["look_around"].output.load()

    assert seen == {
        "HOLDFAST_LEDGER_PASSWORD": "p",
        "HOLDFAST_LEDGER_URL": guarded.stores["ledger"],
        "AWS_REGION": "eu",
    }
    tracker = client.active_stack_model.components["experiment_tracker"][0]
    assert "{{hush.PASSWORD}}" in tracker.configuration.values()
    again = apply_stack(guarded, root=clean_zenml)
    assert {change.action for change in again} == {"left"}
    bare = dataclasses.replace(guarded, secrets=())
    (told,) = [one for one in apply_stack(bare, root=clean_zenml) if one.details]
    assert told.details == ("another secret: removed",)


@pytest.mark.zenml
def test_a_command_sees_them_too_and_its_own_variables_win(guarded, clean_zenml):
    client = client_at(clean_zenml, guarded)
    client.create_secret("hush", {"HOLDFAST_LEDGER_PASSWORD": "p", "AWS_PROFILE": "x"})

    seen = environment_of(guarded, {"AWS_PROFILE": "mine", "AWS_REGION": "us"})

    names = ("HOLDFAST_LEDGER_PASSWORD", "AWS_PROFILE", "AWS_REGION")
    assert [seen[name] for name in names] == ["p", "mine", "eu"]


@pytest.mark.zenml
@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (None, r"no secret 'hush'.*zenml secret create hush --values=@FILE\.yaml"),
        ({"USER": "u"}, r"the secret 'hush' lacks PASSWORD; .*secret update hush"),
    ],
)
def test_a_secret_that_is_missing_stops_before_anything_is_made(
    guarded, clean_zenml, keys, problem
):
    client = client_at(clean_zenml, guarded)
    if keys is not None:
        client.create_secret("hush", keys)

    with pytest.raises(ConfigError, match=problem):
        apply_stack(guarded, root=clean_zenml)

    assert client.list_stack_components(name="startswith:holdfast").total == 0


def test_without_secrets_zenml_is_not_asked(monkeypatch):
    root = Path(__file__).resolve().parents[3]
    monkeypatch.setenv("ZENML_STORE_URL", "http://127.0.0.1:9")

    stack = load_stack("local", root=root, environ={"HOLDFAST_HOME": "/h"})

    assert environment_of(stack, {"A": "b"}) == {"A": "b", **stack.environment}


@pytest.mark.zenml
@pytest.mark.parametrize(
    ("kind", "wrong", "problem"),
    [
        (
            "experiment_tracker",
            Component("mlflow", {"tracking_token": "plain"}),
            r"tracking_token: expected a reference like \{\{SECRET.KEY\}\}",
        ),
        (
            "artifact_store",
            Component("local", {"path": "{{hush.PATH}}"}),
            "path: takes no reference to a secret",
        ),
    ],
)
def test_a_secret_stands_where_it_must_and_may_only(guarded, kind, wrong, problem):
    components = {**guarded.components, kind: wrong}

    with pytest.raises(ConfigError, match=problem) as caught:
        check_stack(dataclasses.replace(guarded, components=components))

    assert "plain" not in str(caught.value)
