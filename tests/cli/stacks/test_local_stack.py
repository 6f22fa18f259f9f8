import os
from pathlib import Path

import pytest
from zenml import pipeline, step

from cli.stacks.apply import apply_stack
from cli.stacks.file import load_stack

CHECKOUT = Path(__file__).resolve().parents[3]


@step(enable_cache=False)
def look_around() -> dict[str, str]:
    """Report what the step sees, and leave one figure and one file in MLflow."""
    import mlflow

    mlflow.log_metric("auc", 0.8)
    mlflow.log_text("found me", "note.txt")
    return {
        "ledger": os.environ["HOLDFAST_LEDGER_URL"],
        "tracking": mlflow.get_tracking_uri(),
        "registry": mlflow.get_registry_uri(),
    }


@pipeline
def looking() -> None:
    """Run the one step."""
    look_around()


@pytest.mark.zenml
@pytest.mark.long
def test_steps_of_the_local_stack_find_all_stores_below_the_project_folder(
    clean_zenml, monkeypatch
):
    monkeypatch.chdir(clean_zenml)
    stack = load_stack("local", root=CHECKOUT, environ=os.environ)
    apply_stack(stack, root=clean_zenml)

    run = looking.with_options(steps={"look_around": {"experiment_tracker": True}})()

    seen = run.steps["look_around"].output.load()
    home = clean_zenml / ".holdfast"
    assert seen["ledger"] == f"sqlite:///{home}/ledger.db"
    assert seen["tracking"] == f"sqlite:///{home}/artifacts/mlflow.db"
    assert seen["registry"] == seen["tracking"]
    assert [note.read_text() for note in home.rglob("note.txt")] == ["found me"]
    assert {path.name for path in clean_zenml.iterdir()} == {".holdfast", ".zen"}
