"""`contracts diff` on a repository of its own, with git."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from churn.errors import DeclarationError, UsageError
from cli.main import command
from cli.root import ROOT

GIT = shutil.which("git") or "git"
PARTS = ("churn", "datasets/__init__.py", "datasets/catalogue.py")
SHOP = (
    *PARTS,
    "datasets/columns.py",
    "datasets/telco.py",
    "configs/datasets/telco.yaml",
)
USERS = {
    "telco": [
        {"version": "7", "stage": "production", "features": ["tenure_months"]},
        {"version": "9", "stage": "staging", "features": ["monthly_charges_usd"]},
    ]
}


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users.json"
    path.write_text(json.dumps(USERS))
    return str(path)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit: our core, and one data set."""
    for part in SHOP:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
        else:
            (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / part, tmp_path / part)
    for words in ("init -q -b main", "add .", "commit -q -m first"):
        who = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        subprocess.run([GIT, *who, *words.split()], cwd=tmp_path, check=True)
    monkeypatch.setattr("cli.contracts.commands.ROOT", tmp_path)
    return tmp_path


def edit(repository, *changes, file="datasets/telco.py"):
    path = repository / file
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def said(users, *words, code):
    called = ["contracts", "diff", "--base", "main", "--users", users, *words]
    done = CliRunner().invoke(command, called, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.mark.long
def test_a_pull_request_learns_which_features_and_versions_it_breaks(repository, users):
    edit(
        repository,
        ("tenure = dy.Int64(min=0, max=600)", "tenure = dy.Float64(min=0, max=600)"),
        ("MonthlyCharges = dy.Float64(min=0", "MonthlyCharges = dy.Float64(min=1"),
        ("Whether they pay for online backup.", "Whether backups are on line."),
    )
    asked = "snapshots: {lead_time_days: 0, horizon_days: 30}"
    edit(repository, ("snapshots: null", asked), file="configs/datasets/telco.yaml")

    found = json.loads(said(users, "--json", code=3))["found"]

    told = {each["change"]["what"]: each for each in found}
    tenure = told["column customers.tenure"]
    assert tenure["change"]["found"].startswith("dtype Int64 → Float64")
    assert tenure["change"]["features"] == ["tenure_months"]
    assert [model["version"] for model in tenure["models"]] == ["7"]
    charges = told["column customers.MonthlyCharges"]
    assert charges["change"]["effect"] == "shifts"
    assert [model["version"] for model in charges["models"]] == ["7", "9"]
    assert told["feature online_backup"]["change"]["effect"] == "harmless"
    label = told["population"]
    assert label["change"]["found"] == "lead_time_days none → 0, horizon_days none → 30"
    assert label["change"]["effect"] == "breaks"
    assert [model["version"] for model in label["models"]] == ["7", "9"]
    assert len(told) == 4


@pytest.mark.long
def test_comments_formatting_and_equal_rules_are_no_change(repository, users):
    edit(
        repository,
        ('    total = pl.col("Total', '    # Text.\n    total = pl.col("Total'),
        ('"""Name the key, and read', '"""Names the key, reads'),
        ("YES_NO = (", "NO = 'No'\nYES_NO = ("),
    )

    text = said(users, "--markdown", code=0)

    assert text.endswith("No contract and no feature changed.\n")


@pytest.mark.long
def test_a_comment_names_features_and_versions(repository, users):
    edit(repository, ('(tenure == "0")', '(tenure == "1")'))

    text = said(users, "--markdown", code=0)

    row = next(line for line in text.splitlines() if line.startswith("| shifts"))
    assert "what prepares its rows is another function" in row
    assert "13 others" in row
    assert "7 (production), 9 (staging)" in row


@pytest.mark.parametrize("base", ["nowhere", "--output=stolen"])
def test_a_revision_that_git_does_not_know_is_one_line_and_no_option(base, users):
    words = ["contracts", "diff", f"--base={base}", "--users", users]

    with pytest.raises(UsageError, match=f"--base {base}: .*`git fetch`"):
        CliRunner().invoke(command, words, catch_exceptions=False)

    assert not (ROOT / "stolen").exists()


@pytest.mark.long
def test_a_checkout_that_does_not_load_is_one_line(repository, users):
    edit(repository, ("DATASET = Dataset(", "DATASET = Datset("))

    with pytest.raises(DeclarationError, match="this checkout does not load: NameErr"):
        said(users, code=1)


def test_users_of_another_form_are_refused(users):
    Path(users).write_text('{"telco": [{"version": 7}]}')

    with pytest.raises(UsageError, match="users.json: not what .*contracts users"):
        CliRunner().invoke(
            command, ["contracts", "diff", "--users", users], catch_exceptions=False
        )
