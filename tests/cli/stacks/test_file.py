from pathlib import Path

import pytest

from churn.errors import ConfigError
from cli.stacks.file import (
    Component,
    StepPlace,
    load_stack,
)
from cli.stacks.sections import COMPONENT_TYPES

CHECKOUT = Path(__file__).resolve().parents[3]
PLAIN = "{orchestrator: {flavor: local}, artifact_store: {flavor: local}}"


@pytest.fixture
def write(tmp_path):
    """Write a stack file `s` beside a step `fit_model`; load it as the second step."""
    (tmp_path / "configs" / "stacks").mkdir(parents=True)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "fit_model.py").touch()

    def written(text, **environ):
        (tmp_path / "configs" / "stacks" / "s.yaml").write_text(text)
        return load_stack("s", root=tmp_path, environ=environ)

    return written


def test_local_stack_keeps_everything_below_the_project_folder():
    stack = load_stack("local", root=CHECKOUT, environ={"HOLDFAST_HOME": "/h"})

    assert stack.home == "/h"
    assert stack.environment == {
        "HOLDFAST_ALERTS_URL": "/h/alerts",
        "HOLDFAST_CRM_URL": "sqlite:////h/crm.db",
        "HOLDFAST_EXPORTS_URL": "/h/exports",
        "HOLDFAST_LEDGER_URL": "sqlite:////h/ledger.db",
        "HOLDFAST_ONLINE_URL": "sqlite:////h/online.db",
        "HOLDFAST_PREDICTIONS_URL": "/h/predictions",
        "HOLDFAST_RELEASE_URL": "/h/releases",
        "HOLDFAST_SPARK_URL": "local[*]",
        "HOLDFAST_TABLES_URL": "/h/tables",
    }
    assert stack.components["artifact_store"].configuration == {"path": "/h/artifacts"}
    assert stack.components["alerter"] == Component(
        "holdfast_file", {"path": "/h/alerts.jsonl"}
    )


def test_project_folder_is_below_the_repository_unless_the_environment_says_else(write):
    text = f"components: {PLAIN}\nstores: {{ledger: '${{project}}/l'}}"
    stack = write(text)
    moved = write(text, HOLDFAST_HOME="elsewhere")

    assert stack.stores["ledger"].endswith("/.holdfast/l")
    assert moved.home == stack.home.replace(".holdfast", "elsewhere")


def test_stack_of_the_project_folder_is_named_after_it(write):
    text = f"components: {PLAIN}\nstores: {{ledger: '${{project}}/l'}}"
    here, there = write(text, HOLDFAST_HOME="/a"), write(text, HOLDFAST_HOME="/b")

    assert here.zenml_name.startswith("holdfast-s-")
    assert here.zenml_name != there.zenml_name
    assert here.zenml_name == write(text, HOLDFAST_HOME="/a").zenml_name


def test_stack_without_the_project_folder_has_one_name_everywhere(write):
    assert write(f"components: {PLAIN}", HOLDFAST_HOME="/a").zenml_name == "holdfast-s"


def test_run_configuration_holds_what_the_file_says_about_these_steps(write):
    stack = write(
        "components: {orchestrator: {flavor: local}, artifact_store: {flavor: local},"
        " experiment_tracker: {flavor: mlflow}}\n"
        "settings: {orchestrator.kubeflow: {timeout: 60}}\n"
        "steps: {fit_model: {experiment_tracker: true, settings: {resources: {}}}}\n"
    )

    assert stack.steps["fit_model"] == StepPlace(True, None, {"resources": {}})
    assert stack.run_configuration(["fit_model", "other"]) == {
        "settings": {"orchestrator.kubeflow": {"timeout": 60}},
        "steps": {
            "fit_model": {"experiment_tracker": True, "settings": {"resources": {}}}
        },
    }
    assert stack.run_configuration(["other"])["steps"] == {}


def test_placeholders_are_filled_at_any_depth(write):
    stack = write(
        f"components: {PLAIN}\n"
        "settings: {docker: {requirements: ['${A}-${B}', 1], user: '${A}'}}\n",
        A="x",
        B="y",
    )

    assert stack.settings == {"docker": {"requirements": ["x-y", 1], "user": "x"}}


def test_every_missing_variable_is_named(write):
    with pytest.raises(ConfigError, match=r"s\.yaml: the environment lacks A, C; set"):
        write(f"components: {PLAIN}\nstores: {{ledger: '${{C}}${{A}}${{B}}'}}", B="b")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("componets: {}", "unknown key 'componets'; nearest is components"),
        ("parameters: {}", "'parameters' belongs in configs/pipelines"),
        ("model: {}", "'model' belongs in configs/pipelines"),
        ("economics: {}", "'economics' belongs in configs/datasets"),
        ("stores: {}", "components: expected a mapping, found nothing"),
        ("components: []", r"components: expected a mapping, found list \[\]"),
        ("components: {orchestratr: {}}", "'orchestratr'; nearest is orchestrator"),
        ("components: {}", "components: lacks artifact_store and orchestrator"),
        (
            "components: {orchestrator: {flavour: local}, artifact_store: {}}",
            "components.orchestrator: unknown key 'flavour'; nearest is flavor",
        ),
        (
            "components: {orchestrator: {flavor: 1}, artifact_store: {flavor: local}}",
            "components.orchestrator.flavor: expected text, found int 1",
        ),
        (
            "components: {orchestrator: {}, artifact_store: {flavor: local}}",
            "components.orchestrator.flavor: expected text, found nothing",
        ),
        (
            f"components: {PLAIN}\nstores: {{leger: x}}",
            "stores: unknown key 'leger'; nearest is ledger",
        ),
        (
            f"components: {PLAIN}\nstores: {{ledger: 1}}",
            "stores.ledger: expected text, found int 1",
        ),
        (
            f"components: {PLAIN}\nsettings: {{dockr: {{}}}}",
            "settings: unknown key 'dockr'; nearest is docker",
        ),
        (
            f"components: {PLAIN}\nsettings: {{orchestratr.kubeflow: {{}}}}",
            "settings: unknown key 'orchestratr'; nearest is orchestrator",
        ),
        (
            f"components: {PLAIN}\nsettings: {{docker: 1}}",
            "settings.docker: expected a mapping, found int 1",
        ),
        (
            f"components: {PLAIN}\nsteps: {{fit_modle: {{}}}}",
            "steps: unknown key 'fit_modle'; nearest is fit_model",
        ),
        (
            f"components: {PLAIN}\nsteps: {{fit_model: {{parameters: {{}}}}}}",
            "steps.fit_model: 'parameters' belongs in configs/pipelines",
        ),
        (
            f"components: {PLAIN}\nsteps: {{fit_model: {{step_operator: big}}}}",
            "steps.fit_model.step_operator: expected true or false, found str 'big'",
        ),
        (
            f"components: {PLAIN}\nsteps: {{fit_model: {{step_operator: true}}}}",
            "step_operator: true, but components has no step_operator",
        ),
    ],
)
def test_wrong_file_is_refused_in_one_line(write, text, problem):
    with pytest.raises(ConfigError, match=rf"s\.yaml: .*{problem}|{problem}") as caught:
        write(text)

    assert "configs/stacks/s.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_stack_is_refused_with_the_nearest_one():
    with pytest.raises(ConfigError, match="no stack 'locl'.*nearest is local"):
        load_stack("locl", root=CHECKOUT, environ={})


def test_component_types_are_those_of_zenml():
    from zenml.enums import StackComponentType

    assert list(COMPONENT_TYPES) == sorted(StackComponentType.values())


def test_general_settings_are_those_of_zenml():
    from zenml.utils.settings_utils import get_general_settings

    from cli.stacks.sections import GENERAL_SETTINGS

    assert sorted(get_general_settings()) == list(GENERAL_SETTINGS)


def test_models_of_two_folders_have_two_names_where_the_ledger_is_in_the_folder() -> (
    None
):
    root = Path(__file__).resolve().parents[3]

    names = {
        load_stack("local", root=root, environ={"HOLDFAST_HOME": home}).model_name("x")
        for home in ("/one", "/two", "/one")
    }

    assert len(names) == 2
    assert all(name.startswith("churn-x-") for name in names)
