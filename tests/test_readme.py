"""What the README says exists, exists."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.graph import step_graph
from cli.main import command

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
TARGETS = set(
    re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
)
DOCS = "".join(path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")))
COMMANDS = re.findall(
    r"^ *python run\.py (.+?)(?: +#.*)?$", f"{README}\n{DOCS}", re.MULTILINE
)


def section(title: str) -> str:
    """The text below a heading."""
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_map_names_every_folder_and_nothing_else() -> None:
    mapped = set(re.findall(r"^([\w.]+)/? {2,}", section("Map"), re.MULTILINE))
    folders = {p.name for p in ROOT.iterdir() if p.is_dir() and p.name[0] not in "._"}

    assert mapped == folders | {"run.py"}


def test_the_table_of_steps_is_the_pipeline() -> None:
    text = (ROOT / "docs/training.md").read_text()
    told = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)

    assert set(told) == set(step_graph(ROOT, "training"))


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_make_target_that_is_named_exists(text: str) -> None:
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", text, re.MULTILINE))

    assert {a or b for a, b in named} <= TARGETS


@pytest.mark.parametrize("line", COMMANDS)
def test_every_option_that_is_shown_exists(line: str) -> None:
    called: click.Command = command
    for word in line.split():
        if not isinstance(called, click.Group) or word not in called.commands:
            break
        called = called.commands[word]
    options = {name for parameter in called.params for name in parameter.opts}

    assert set(re.findall(r"--[a-z-]+", line)) <= options | {"--help"}


def test_files_that_are_named_exist() -> None:
    named = re.findall(
        r"`((?:configs|churn|tests|datasets|requirements)/[\w./]+)`", README
    )

    assert not [name for name in named if not (ROOT / name).exists()]


def test_it_is_read_in_one_sitting() -> None:
    assert README.count("\n") <= 150
    assert "RESULTS" not in README


def test_help_teaches_by_example() -> None:
    shown = CliRunner().invoke(command, ["--help"]).output

    assert "python run.py --pipeline training" in shown
    assert "HOLDFAST_SOURCE_PASSWORD" in shown
