"""One battery over every configuration file: it parses and binds."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.config import names_in
from cli.graph import pipeline_names, step_graph
from cli.read_back import KINDS
from cli.run_pipeline import CONFIGURATIONS
from cli.stacks.checking import check_stack
from cli.stacks.file import list_stacks, load_stack
from cli.stacks.sections import NAMES
from cli.training_config import Request, training_config
from datasets.catalogue import load, registered
from tests.stack_variables import VARIABLES

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"
WHERE = set(NAMES)


def test_every_data_set_has_a_module_and_a_file() -> None:
    assert set(names_in(CONFIGS / "datasets")) == set(registered())


@pytest.mark.parametrize("name", names_in(CONFIGS / "datasets"))
def test_a_data_set_binds_to_the_training_pipeline(name: str) -> None:
    config = training_config(ROOT, Request(name))

    assert load(config.dataset).kind == (
        "table" if config.snapshots is None else "events"
    )


@pytest.mark.parametrize("name", names_in(CONFIGS / "datasets"))
def test_every_bound_of_a_data_set_is_used_by_its_policy(name: str) -> None:
    config = training_config(ROOT, Request(name))
    used = {
        value
        for check in config.policy["checks"]
        for value in check.values()
        if isinstance(value, str)
    }

    assert set(config.bounds) <= used


@pytest.mark.parametrize("policy", names_in(CONFIGS / "policies"))
@pytest.mark.parametrize("name", names_in(CONFIGS / "datasets"))
def test_a_data_set_binds_to_every_policy(name: str, policy: str) -> None:
    config = training_config(ROOT, Request(name, policy=policy))

    assert config.policy["name"] == policy


def checks_of(policy: str) -> dict[str, dict[str, Any]]:
    raw = yaml.safe_load((CONFIGS / "policies" / f"{policy}.yaml").read_text())
    return {check["name"]: check for check in raw["checks"]}


def test_to_refresh_is_to_improve_but_for_the_champion() -> None:
    improve, refresh = checks_of("improve"), checks_of("refresh")

    better = improve.pop("beats_champion")
    no_worse = refresh.pop("keeps_up_with_champion")
    assert improve == refresh
    assert (better["margin"], better["looks"]) == (0.005, "many")
    assert (no_worse["margin"], no_worse["looks"]) == (-0.01, "once")


def test_the_slices_of_a_policy_are_declared_where_a_bound_is_named() -> None:
    for name in names_in(CONFIGS / "datasets"):
        bounds = training_config(ROOT, Request(name)).bounds
        asked = {
            check["slice"]
            for check in checks_of("improve").values()
            if "slice" in check and check["bound"] in bounds
        }
        assert asked <= set(load(name).slices)


@pytest.mark.parametrize("name", list_stacks(ROOT))
def test_a_stack_says_only_where(name: str) -> None:
    stack = load_stack(name, root=ROOT, environ=VARIABLES)
    raw = yaml.safe_load((CONFIGS / "stacks" / f"{name}.yaml").read_text())

    assert set(raw) <= WHERE
    known = {step for pipeline in pipeline_names(ROOT) for step in graph(pipeline)}
    assert set(stack.steps) <= known


@pytest.mark.zenml
@pytest.mark.parametrize("name", list_stacks(ROOT))
def test_a_stack_is_made_of_what_zenml_and_we_have(
    name: str, clean_zenml: Path
) -> None:
    stack = load_stack(name, root=ROOT, environ=VARIABLES)

    settings = check_stack(stack)

    assert set(settings) == set(stack.components)


def test_every_stack_tracks_the_same_steps() -> None:
    stacks = [load_stack(n, root=ROOT, environ=VARIABLES) for n in list_stacks(ROOT)]

    tracked = [
        {step for step, place in stack.steps.items() if place.experiment_tracker}
        for stack in stacks
    ]

    assert all(steps == tracked[0] for steps in tracked)


@pytest.mark.parametrize("name", sorted(set(list_stacks(ROOT)) - {"local"}))
def test_a_shared_stack_keeps_nothing_on_the_machine_that_asks(name: str) -> None:
    text = (CONFIGS / "stacks" / f"{name}.yaml").read_text()
    stack = load_stack(name, root=ROOT, environ=VARIABLES)

    assert "${project}" not in text
    assert stack.secrets == (f"holdfast-{name}",)
    assert stack.server == VARIABLES["HOLDFAST_ZENML_URL"]


def graph(pipeline: str) -> dict[str, tuple[str, ...]]:
    return step_graph(ROOT, pipeline)


def test_every_pipeline_has_a_configuration_of_its_own() -> None:
    assert set(pipeline_names(ROOT)) == set(CONFIGURATIONS) == set(KINDS)


@pytest.mark.parametrize(
    "path", sorted((CONFIGS / "pipelines").glob("*.yaml")), ids=str
)
def test_a_pipeline_file_says_only_what(path: Path) -> None:
    assert not set(yaml.safe_load(path.read_text())) & WHERE


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=str)
def test_a_file_opens_with_a_line_that_the_list_can_show(path: Path) -> None:
    first = path.read_text().partition("\n")[0]

    assert first.startswith("# ")
    assert first.endswith(".")
