"""One battery over every configuration file: it parses and binds."""

from pathlib import Path

import pytest
import yaml

from cli.config import names_in
from cli.graph import pipeline_names, step_graph
from cli.outcome import KINDS
from cli.run_pipeline import CONFIGURATIONS
from cli.stack_file import list_stacks, load_stack
from cli.training_config import Request, training_config
from datasets.catalogue import load, registered

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"
WHERE = {"components", "stores", "settings", "steps"}


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


@pytest.mark.parametrize("name", list_stacks(ROOT))
def test_a_stack_says_only_where(name: str) -> None:
    stack = load_stack(name, root=ROOT, environ={})
    raw = yaml.safe_load((CONFIGS / "stacks" / f"{name}.yaml").read_text())

    assert set(raw) <= WHERE
    known = {step for pipeline in pipeline_names(ROOT) for step in graph(pipeline)}
    assert set(stack.steps) <= known


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
