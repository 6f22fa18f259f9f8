"""The workflows of continuous integration, as far as they can be tried here."""

import functools
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from cli.main import command
from tests.conftest import CHECKOUT

FOLDER = CHECKOUT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
TOOLS = Path(sys.executable).parent
MAY_WRITE = {
    ("code", "images"): {"packages"},
    ("code", "staging"): {"id-token"},
    ("code", "production"): {"id-token"},
    ("comment", "comment"): {"pull-requests"},
    ("contracts", "comment"): {"pull-requests"},
    ("deploy", "deploy"): {"id-token"},
    ("model", "comment"): {"pull-requests"},
    ("model", "train"): {"id-token"},
    ("model", "promote"): {"id-token"},
}
PINNED = re.compile(r"uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$")
BASH = shutil.which("bash") or "bash"


@functools.cache
def read(path: Path):
    # YAML 1.1 reads the key `on` as true.
    return yaml.safe_load(path.read_text())


JOBS = [
    pytest.param(path.stem, name, job, id=f"{path.stem}-{name}")
    for path in FILES
    for name, job in read(path)["jobs"].items()
]
SCRIPTS = [
    (path.stem, step["run"])
    for path in FILES
    for job in read(path)["jobs"].values()
    for step in job.get("steps", ())
    if "run" in step
]


def clean(*words):
    done = subprocess.run(
        words, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_are_workflows_by_the_schema():
    schema = ("--builtin-schema", "vendor.github-workflows")

    clean(TOOLS / "check-jsonschema", *schema, *FILES)


def test_zizmor_finds_no_weakness():
    clean(TOOLS / "zizmor", "--offline", "--quiet", ".github")


@pytest.mark.skipif(not shutil.which("actionlint"), reason="actionlint: not installed")
def test_actionlint_finds_no_mistake():
    clean("actionlint", *FILES)


def test_every_action_is_pinned_to_one_commit_that_says_its_version():
    used = {}
    for line in "\n".join(path.read_text() for path in FILES).splitlines():
        if "uses:" not in line or "uses: ./" in line:
            continue
        found = PINNED.search(line)
        assert found, line
        used.setdefault(found[1], set()).add(found.groups()[1:])

    assert used
    assert all(len(versions) == 1 for versions in used.values()), used


def test_every_reusable_workflow_exists():
    called = re.findall(r"uses: \./(\S+)", "\n".join(p.read_text() for p in FILES))

    assert {CHECKOUT / path for path in called} == {
        FOLDER / "comment.yml",
        FOLDER / "deploy.yml",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_allowed_that_no_job_asks_for(path):
    assert read(path)["permissions"] == {}


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_may_write_only_what_it_must(workflow, name, job):
    granted = {key for key, value in job["permissions"].items() if value == "write"}

    assert granted == MAY_WRITE.get((workflow, name), set())


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_that_has_an_identity_belongs_to_an_environment(workflow, name, job):
    has_identity = job["permissions"].get("id-token") == "write"

    assert not has_identity or "environment" in job or "environment" in job["with"]


def test_no_key_is_kept_with_github():
    key = re.compile(r"\bsecrets(\.|\[|:)")

    assert not [path.name for path in FILES if key.search(path.read_text())]


def test_nothing_that_others_write_becomes_part_of_a_script():
    assert not [script for _, script in SCRIPTS if "${{" in script]


def test_a_pull_request_never_gets_an_identity():
    model = read(FOLDER / "model.yml")["jobs"]
    code = read(FOLDER / "code.yml")["jobs"]

    assert model["train"]["if"] == "github.event_name != 'pull_request'"
    assert code["images"]["if"] == "github.event_name == 'push'"
    assert code["staging"]["needs"] == "images"
    assert code["production"]["needs"] == ["images", "staging"]
    assert model["promote"]["needs"] == "train"
    texts = [path.read_text() for path in FILES]
    assert not [t for t in texts if "pull_request_target" in t or "workflow_run:" in t]


def test_every_make_target_exists():
    makefile = (CHECKOUT / "Makefile").read_text()
    called = set()
    for _, script in SCRIPTS:
        called.update(re.findall(r"\bmake (?:--silent )?([\w-]+)", script))

    wanted = {"check", "ci", "deploy", "images", "setup", "training", "unlock"}
    assert called == wanted
    assert not [name for name in called if not re.search(rf"(?m)^{name}:", makefile)]


def calls() -> list[list[str]]:
    """The words after run.py of every call, variables as they stand."""
    found = []
    for _, script in SCRIPTS:
        whole = script.replace("\\\n", " ")
        for call in re.findall(r"run\.py (.*)", whole):
            words = re.split(r"\s(?:>>?|\|\|?|&&)\s", call)[0]
            found.append([w for w in shlex.split(words) if w != "${users[@]}"])
    return found


@pytest.mark.parametrize("words", calls(), ids=" ".join)
def test_every_call_of_ours_is_one_that_can_be_typed(words):
    words = [word for word in words if word != "${source[@]}"]
    found = command
    while words and isinstance(found, click.Group) and words[0] in found.commands:
        found = found.commands[words.pop(0)]

    context = found.make_context("run.py", list(words), resilient_parsing=False)

    assert not context.args


def card_step():
    steps = read(FOLDER / "model.yml")["jobs"]["train"]["steps"]
    return next(step["run"] for step in steps if step.get("id") == "card")


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
@pytest.mark.parametrize(
    ("told", "version", "summary"),
    [
        (
            {"registration": {"version": "7", "became": "staging"}},
            "version=7\n",
            "the card of 7\n",
        ),
        (
            {
                "decision": {"reason": "asked"},
                "training": {"registration": {"version": "8", "became": "rejected"}},
            },
            "",
            "the card of 8\n",
        ),
        (
            {"decision": {"reason": "nothing drifted"}},
            "",
            "No version was made: nothing drifted\n",
        ),
        (
            {"nothing_to_retrain": "no version yet"},
            "",
            "No version was made: no version yet\n",
        ),
    ],
)
def test_only_a_version_in_staging_waits_for_a_person(told, version, summary, tmp_path):
    (tmp_path / "told.json").write_text(json.dumps(told))
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "the card of $4"\n')
    python.chmod(0o755)
    files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    variables = {name: str(tmp_path / path) for name, path in files.items()}
    (tmp_path / "output").touch()

    subprocess.run(
        [BASH, "-eo", "pipefail", "-c", card_step()],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "DATASET": "d", "STACK": "s", **variables},
        check=True,
    )

    assert (tmp_path / "output").read_text() == version
    assert (tmp_path / "summary").read_text() == summary
