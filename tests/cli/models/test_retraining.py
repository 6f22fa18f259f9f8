"""What tells two bundles apart, and packages from their lock."""

import subprocess
from dataclasses import replace
from importlib.metadata import version

import pytest

from churn.model.train import fit_recipe
from churn.scoring.bundle import Bundle
from cli.models.lock import unlike_lock
from cli.models.retraining import unlike
from tests.snapshot_rows import fixed, recipe, windows

SPLIT = windows(200)


def fitted(**changes) -> Bundle:
    return fit_recipe(SPLIT, replace(recipe("logistic_regression"), **changes))


@pytest.fixture(scope="module")
def stored() -> Bundle:
    return fitted()


def test_two_equal_trainings_are_alike_whatever_run_made_them(stored):
    again = fitted(lineage={"created_at": "later", "run": "second", "git_commit": "d"})

    assert unlike(stored, again) is None


def test_another_parameter_is_named(stored):
    chosen = replace(fixed("logistic_regression"), params={"C": 2.0})

    told = unlike(stored, fitted(chosen=chosen))

    assert told.startswith("golden.json (probability[0]: stored 0.")


def test_another_seed_that_moves_no_file_but_the_manifest_is_named(stored):
    model = replace(recipe("logistic_regression").model, threads=2)

    told = unlike(stored, fitted(model=model))

    assert told == "manifest.json.model.threads: stored 1, derived 2"


def locked(folder, *lines: str) -> str:
    """A repository whose only commit has this lock; the commit."""
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(folder)]
    (folder / "requirements.txt").write_text("\n".join(lines))
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "lock"], check=True)
    done = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


LOCK = (
    "# made by hand",
    f"click=={version('click')} \\",
    "    --hash=sha256:00",
    "    # via nobody",
    "polars==0.0.1",
    "colorama==0.4.6 ; sys_platform == 'win32'",
    "no-such-package==1.0",
)


def test_packages_are_held_against_the_lock_of_the_commit(tmp_path):
    commit = locked(tmp_path, *LOCK)

    for told in (commit, f"{commit}-dirty"):
        assert unlike_lock(tmp_path, told) == (
            f"polars {version('polars')} instead of 0.0.1",
            "no-such-package none instead of 1.0",
        )


@pytest.mark.parametrize("commit", ["unknown", "a" * 40, "--help"])
def test_a_commit_that_is_not_here_has_no_lock(tmp_path, commit):
    locked(tmp_path, *LOCK)

    assert unlike_lock(tmp_path, commit) is None
