import dataclasses
import os
from pathlib import Path

import pytest
from zenml import pipeline, step

from churn.errors import ConfigError
from cli.stacks.apply import apply_stack
from cli.stacks.file import StackFile, load_stack
from cli.stacks.removing import remove_stack

CHECKOUT = Path(__file__).resolve().parents[3]


def _moved() -> StackFile:
    stack = load_stack("local", root=CHECKOUT, environ=os.environ)
    return dataclasses.replace(stack, stores={"ledger": "sqlite:///moved.db"})


@step(enable_cache=False)
def change_the_ground() -> list[str]:
    """Try to change and to remove the very stack that this runs in; then force it."""
    root, stack, told = Path.cwd(), _moved(), []
    with pytest.MonkeyPatch.context() as somebody_else:
        # ZenML tells a step which stack it runs in.
        somebody_else.delenv("ZENML_ACTIVE_STACK_ID")
        for act in (apply_stack, remove_stack):
            with pytest.raises(ConfigError) as caught:
                act(stack, root=root)
            told.append(str(caught.value))
        changes = apply_stack(stack, root=root, is_forced=True)
    return [*told, *(change.action for change in changes)]


@pipeline
def changing() -> None:
    """Run the one step."""
    change_the_ground()


@pytest.mark.zenml
@pytest.mark.long
def test_a_stack_in_use_changes_only_by_force(clean_zenml, monkeypatch):
    monkeypatch.chdir(clean_zenml)
    stack = load_stack("local", root=CHECKOUT, environ=os.environ)
    apply_stack(stack, root=clean_zenml)

    run = changing()
    changes = apply_stack(stack, root=clean_zenml)

    applied, removed, *forced = run.steps["change_the_ground"].output.load()
    assert f"in use by the run {run.name}; wait" in applied
    assert "`python run.py stacks apply local --force`" in applied
    assert "`python run.py stacks remove local --force`" in removed
    assert forced.count("changed") == 1
    assert [one.component for one in changes if one.action != "left"] == ["stack"]
