import dataclasses
import subprocess
import sys
import time
from pathlib import Path

import pytest

from churn.errors import ConfigError
from cli.stacks.apply import FLAVORS, apply_stack
from cli.stacks.file import Component, load_stack

CHECKOUT = Path(__file__).resolve().parents[3]


def _with(stack, kind, **configuration):
    part = dataclasses.replace(stack.components[kind], configuration=configuration)
    return dataclasses.replace(stack, components={**stack.components, kind: part})


def _actions(changes):
    return {change.component: change.action for change in changes}


def _everything_but(prefix):
    """All stacks and components of other names, as ZenML returns them."""
    from zenml.client import Client

    client = Client()
    parts = [*client.list_stacks(hydrate=True), *client.list_stack_components()]
    return [part.model_dump() for part in parts if not part.name.startswith(prefix)]


@pytest.mark.zenml
def test_stack_is_created_then_left_then_changed(local, clean_zenml):
    from zenml.client import Client

    first = apply_stack(local, root=clean_zenml)
    started = time.process_time()
    second = apply_stack(local, root=clean_zenml)
    seconds = time.process_time() - started
    moved = _with(local, "alerter", path="/elsewhere.jsonl")
    third = apply_stack(moved, root=clean_zenml)

    used = {(kind, component.flavor) for kind, component in local.components.items()}
    ours = {f"{kind} flavor" for kind, _ in used & FLAVORS.keys()}
    kinds = {*local.components, *ours, "stack"}
    assert _actions(first) == dict.fromkeys(kinds, "created") | {
        "active stack": "changed"
    }
    assert set(_actions(second).values()) == {"left"}
    assert seconds < 0.3
    assert [c.component for c in third if c.action == "changed"] == ["alerter"]
    assert Client().active_stack_model.name == local.zenml_name
    (alerter,) = Client().active_stack_model.components["alerter"]
    assert alerter.configuration == {"path": "/elsewhere.jsonl"}


@pytest.mark.zenml
@pytest.mark.long
def test_second_apply_writes_nothing(local, clean_zenml, tmp_path):
    apply_stack(local, root=clean_zenml)
    before = _bytes(tmp_path)

    apply_stack(local, root=clean_zenml)

    assert _bytes(tmp_path) == before


def _bytes(folder):
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.zenml
@pytest.mark.long
def test_what_leaves_the_file_leaves_the_stack(local, clean_zenml):
    from zenml.client import Client

    apply_stack(local, root=clean_zenml)
    kept = {k: c for k, c in local.components.items() if k != "alerter"}
    bare = dataclasses.replace(local, components=kept, stores={})

    changes = apply_stack(bare, root=clean_zenml)

    assert _actions(changes)["stack"] == "changed"
    assert Client().active_stack.alerter is None
    assert Client().active_stack_model.environment == {}
    assert set(_actions(apply_stack(bare, root=clean_zenml)).values()) == {"left"}


@pytest.mark.zenml
@pytest.mark.long
def test_changed_address_of_a_store_changes_the_stack(local, clean_zenml):
    from zenml.client import Client

    apply_stack(local, root=clean_zenml)
    moved = dataclasses.replace(local, stores={"ledger": "sqlite:///moved.db"})

    changes = apply_stack(moved, root=clean_zenml)

    assert [c.component for c in changes if c.action != "left"] == ["stack"]
    environment = Client().active_stack_model.environment
    assert environment == {"HOLDFAST_LEDGER_URL": "sqlite:///moved.db"}


@pytest.mark.zenml
@pytest.mark.long
def test_setting_removed_from_the_file_is_removed_from_the_component(
    local, clean_zenml
):
    from zenml.client import Client

    uri = {"tracking_uri": "sqlite:////elsewhere.db"}
    apply_stack(_with(local, "experiment_tracker", **uri), root=clean_zenml)

    changes = apply_stack(local, root=clean_zenml)

    assert _actions(changes)["experiment_tracker"] == "changed"
    assert Client().active_stack.experiment_tracker.config.tracking_uri is None


@pytest.mark.zenml
def test_other_projects_keep_their_stack_and_parts(small, clean_zenml, tmp_path):
    from zenml.client import Client
    from zenml.config.global_config import GlobalConfiguration
    from zenml.enums import StackComponentType

    client = Client()
    types = (StackComponentType.ORCHESTRATOR, StackComponentType.ARTIFACT_STORE)
    for kind in types:
        client.create_stack_component("theirs", "local", kind, {})
    client.create_stack("theirs", dict.fromkeys(types, "theirs"))
    client.activate_stack("theirs")
    config = (tmp_path / "zenml" / "config.yaml").read_bytes()
    before = _everything_but("holdfast-")

    apply_stack(small, root=clean_zenml)

    assert _everything_but("holdfast-") == before
    assert (tmp_path / "zenml" / "config.yaml").read_bytes() == config
    active = GlobalConfiguration().get_active_stack_id()
    assert client.get_stack(active).name == "theirs"
    assert Client().active_stack_model.name == small.zenml_name
    elsewhere = Client(root=tmp_path)
    assert elsewhere.active_stack_model.name == "theirs"


@pytest.mark.zenml
@pytest.mark.long
def test_two_checkouts_do_not_share_a_stack(clean_zenml, tmp_path):
    stacks = [
        load_stack("local", root=CHECKOUT, environ={"HOLDFAST_HOME": str(tmp_path / n)})
        for n in ("a", "b")
    ]
    for stack in stacks:
        apply_stack(stack, root=clean_zenml)

    changes = apply_stack(stacks[0], root=clean_zenml)

    assert {c.component for c in changes if c.action != "left"} == {"active stack"}


@pytest.mark.zenml
@pytest.mark.parametrize(
    ("kind", "component", "problem"),
    [
        ("alerter", Component("slak", {}), "'slak'; nearest is slack"),
        ("alerter", Component("holdfast_file", {}), "alerter .holdfast_file.*path"),
        (
            "artifact_store",
            Component("local", {"pth": "/x"}),
            "artifact_store.configuration: unknown key 'pth'; nearest is path",
        ),
        (
            "experiment_tracker",
            Component("mlflow", {"tracking_insecure_tls": "secret"}),
            "experiment_tracker .mlflow.: tracking_insecure_tls: .*boolean",
        ),
    ],
)
def test_wrong_component_is_refused_before_any_is_created(
    local, clean_zenml, kind, component, problem
):
    from zenml.client import Client

    wrong = dataclasses.replace(local, components={**local.components, kind: component})

    with pytest.raises(ConfigError, match=problem) as caught:
        apply_stack(wrong, root=clean_zenml)

    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert (
        Client().list_stack_components(name=f"startswith:{local.zenml_name}").total == 0
    )


@pytest.mark.zenml
def test_repository_that_cannot_be_written_is_a_clear_error(local, clean_zenml):
    (clean_zenml / ".zen").write_text("a file where a folder must be")

    with pytest.raises(ConfigError, match=r"\.zen: must be a folder"):
        apply_stack(local, root=clean_zenml)


@pytest.mark.zenml
def test_stack_forced_by_the_environment_is_refused(local, clean_zenml, monkeypatch):
    monkeypatch.setenv("ZENML_ACTIVE_STACK_ID", "anything")

    with pytest.raises(ConfigError, match="ZENML_ACTIVE_STACK_ID.*unset it"):
        apply_stack(local, root=clean_zenml)


def test_reading_and_importing_needs_no_zenml():
    code = (
        "import os, sys; from pathlib import Path;"
        "import cli.stacks.apply, cli.dashboard;"
        "from cli.stacks.file import load_stack;"
        "load_stack('local', root=Path.cwd(), environ=os.environ);"
        "print([m for m in ('zenml', 'mlflow', 'numpy') if m in sys.modules])"
    )

    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, check=True
    ).stdout

    assert printed == b"[]\n"
