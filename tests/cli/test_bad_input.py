"""A mistake of the user is one line, exit code 2, and nothing has been created."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cli.main

CHECKOUT = Path(__file__).resolve().parents[2]
TELCO_HEADER = "customerID,gender,SeniorCitizen\n1,Male,0\n"


def state(root: Path) -> dict[str, str]:
    """Where all that is made would be made."""
    return {
        "ZENML_CONFIG_PATH": str(root / "zenml"),
        "HOLDFAST_HOME": str(root / "home"),
    }


def run(*arguments: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Call ``run.py`` of a copied checkout, with all state below it."""
    return subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=root,
        env=os.environ | state(root),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    for folder in ("configs", "pipelines", "steps", "cli"):
        shutil.copytree(CHECKOUT / folder, root / folder)
    shutil.copy(CHECKOUT / "run.py", root)
    for name in ("churn", "datasets", "storage", "registry"):
        (root / name).symlink_to(CHECKOUT / name)
    return root


@pytest.fixture
def said(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[object, str]]:
    """Call the command in this process, which knows its modules already."""

    def call(*arguments: str) -> tuple[object, str]:
        monkeypatch.chdir(checkout)
        monkeypatch.setattr(cli.main, "ROOT", checkout)
        monkeypatch.setattr(sys, "argv", ["run.py", *arguments])
        for name, value in (cli.main.QUIET | state(checkout)).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            cli.main.main()
        return ended.value.code, capsys.readouterr().err

    return call


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


TRAIN = ("--pipeline", "training")
FEATURES = ("--pipeline", "features")
CASES = {
    "pipeline": (
        ["--pipeline", "trainin"],
        "unknown pipeline 'trainin'; nearest is tr",
    ),
    "data set": ([*TRAIN, "--dataset", "telko"], "'telko'"),
    "stack": (
        [*TRAIN, "--stack", "lokal"],
        "no stack 'lokal' in configs/stacks; nearest is local",
    ),
    "date": ([*TRAIN, "--as-of", "31.1.2024"], "--as-of '31.1.2024' is not a date"),
    "setting": (
        [*TRAIN, "--set", "search.trails=5"],
        "unknown key 'trails' in 'search'",
    ),
    "type": ([*TRAIN, "--set", "search.trials=many"], "found 'many'"),
    "value": ([*TRAIN, "--set", "search.kinds=[boost]"], "found 'boost'"),
    "no source": ([*TRAIN, "--dataset", "telco"], "'telco' has no embedded data; give"),
    "missing file": ([*TRAIN, "--dataset", "telco", "--source", "no.csv"], "no.csv"),
    "database": (
        [
            *TRAIN,
            "--dataset",
            "telco",
            "--source",
            "postgresql+psycopg://a@127.0.0.1:1/x",
        ],
        "127.0.0.1",
    ),
    "features of a table": (
        [*FEATURES, "--dataset", "telco", "--source", "no.csv"],
        "there are no dates to build; run `python run.py --pipeline training",
    ),
    "range of dates": (
        [*FEATURES, "--set", "dates.last=2023"],
        "dates: last: Expected",
    ),
    "folder below a file": (["models", "keygen", "run.py/keys"], "run.py"),
    "folder that is a file": (["models", "keygen", "run.py/keys/more"], "run.py"),
    "no pipeline": (["--dataset", "telco"], "--pipeline NAME is missing"),
    "option": (["--pipline", "training"], "No such option '--pipline'"),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_argument_is_one_line_and_creates_nothing(
    case: str, checkout: Path, said: Callable[..., tuple[object, str]]
) -> None:
    arguments, message = CASES[case]

    code, line = said(*arguments)

    assert code == 2, line
    assert message in line
    assert not (checkout / "home").exists()
    assert not (checkout / "zenml").exists()


EDITS = {
    "unknown key": ("pipelines/training", "search:", "serch:", "unknown key 'serch'"),
    "missing key": ("pipelines/training", "max_quarantined_share: 0.02", "", "missing"),
    "stack key in a pipeline file": (
        "pipelines/training",
        "search:",
        "components: {}\nsearch:",
        "'components'; it belongs in configs/stacks",
    ),
    "pipeline key in a stack file": (
        "stacks/local",
        "steps:",
        "search: {}\nsteps:",
        "'search' belongs in configs/pipelines",
    ),
    "misspelt step": ("stacks/local", "  fit_model:", "  fit_modle:", "'fit_modle'"),
    "unknown component key": (
        "stacks/local",
        "{flavor: mlflow}",
        "{flavr: mlflow}",
        "'flavr'",
    ),
    "unknown flavor": (
        "stacks/local",
        "{flavor: local}",
        "{flavor: locall}",
        "stacks/local.yaml: components.orchestrator: unknown flavor 'locall'; nearest",
    ),
    "unknown flavor setting": (
        "stacks/local",
        '{path: "${project}/artifacts"}',
        '{pth: "${project}/artifacts"}',
        "artifact_store.configuration: unknown key 'pth'; nearest is path",
    ),
    "unknown check": ("policies/improve", "kind: floor", "kind: flor", "'flor'"),
    "unknown bound": ("datasets/subscriptions", "roc_auc_floor", "auc_floor", "auc_fl"),
    "both splits": (
        "datasets/subscriptions",
        "stratified_split: null",
        "stratified_split: {calibration_share: 0.2, test_share: 0.2, seed: 1}",
        "either 'time_split' or 'stratified_split'",
    ),
    "not YAML": (
        "datasets/subscriptions",
        "economics:",
        "economics: [",
        "not valid YAML",
    ),
}


@pytest.mark.parametrize("case", EDITS, ids=str)
def test_a_wrong_file_is_one_line_that_names_it_and_creates_nothing(
    case: str, checkout: Path, said: Callable[..., tuple[object, str]]
) -> None:
    name, old, new, message = EDITS[case]
    edit(checkout / "configs" / f"{name}.yaml", old, new)

    code, line = said(*TRAIN)

    assert code == 2, line
    assert message in line
    assert line.count("\n") == 1
    for made in ("home", "zenml", ".zen"):
        assert not (checkout / made).exists()


def test_a_key_that_is_not_there_is_found_before_anything_runs(
    checkout: Path,
    said: Callable[..., tuple[object, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOLDFAST_SIGNING_KEY", "file:/no/key.pem")

    code, line = said(*TRAIN)

    assert code == 2, line
    assert "HOLDFAST_SIGNING_KEY: /no/key.pem: No such file" in line
    assert not (checkout / "home").exists()


def test_an_unknown_column_is_found_before_anything_runs(checkout: Path) -> None:
    (checkout / "customers.csv").write_text(TELCO_HEADER)

    done = run(*TRAIN, "--dataset", "telco", "--source", "customers.csv", root=checkout)

    assert done.returncode == 2
    assert "column" in done.stderr
    assert "is missing" in done.stderr


def test_a_dry_run_shows_configuration_and_steps_and_creates_nothing(
    checkout: Path,
) -> None:
    done = run(*TRAIN, "--set", "search.trials=5", "--dry-run", root=checkout)

    assert done.returncode == 0, done.stderr
    assert "trials: 5" in done.stdout
    assert re.search(r"fit_model +after split_snapshots, search_model", done.stdout)
    assert not (checkout / "home").exists()
    assert not (checkout / "zenml").exists()


def test_a_password_in_a_url_reaches_no_output(checkout: Path) -> None:
    url = "postgresql+psycopg://me:s3cret@127.0.0.1:1/db"

    done = run(*TRAIN, "--dataset", "telco", "--source", url, root=checkout)

    assert done.returncode == 2
    assert "s3cret" not in done.stdout + done.stderr
