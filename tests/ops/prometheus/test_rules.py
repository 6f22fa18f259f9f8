"""The rules of Prometheus, by its own tools: `promtool` of Debian's package."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import CHECKOUT
from tests.ops.running_prometheus import OPS, binary

RULES = OPS / "prometheus" / "rules.yaml"
CASES = [
    OPS / "prometheus" / f"rules{part}_test.yaml" for part in ("", "_hours", "_week")
]
DOCS = CHECKOUT / "docs" / "operations.md"
SEVERITIES = {"page", "ticket", "info"}
TOLD = {"summary", "description", "action"}


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binary("promtool"), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def alerts() -> list[dict]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def fired() -> set[str]:
    """Names of the alerts that some case expects."""
    tests = [
        test for path in CASES for test in yaml.safe_load(path.read_text())["tests"]
    ]
    expected = [
        sample["labels"]
        for test in tests
        for query in test.get("promql_expr_test", ())
        for sample in query["exp_samples"]
    ]
    return {labels.split('"')[1] for labels in expected}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", RULES),
        ("check", "config", OPS / "prometheus" / "prometheus.yaml"),
        pytest.param(("test", "rules", CASES[0]), marks=pytest.mark.long),
        pytest.param(("test", "rules", CASES[1]), marks=pytest.mark.long),
        pytest.param(("test", "rules", CASES[2]), marks=pytest.mark.long),
    ],
    ids=["rules", "configuration", "minutes", "hours", "a week"],
)
def test_promtool_finds_nothing_wrong(arguments):
    done = promtool(*arguments)

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_in_some_case():
    assert fired() == {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_means_and_what_to_do(rule):
    assert rule["labels"]["severity"] in SEVERITIES
    assert set(rule["annotations"]) == TOLD
    assert f"`{rule['alert']}`" in DOCS.read_text()


def test_drift_pages_nobody():
    drift = {rule["alert"]: rule["labels"]["severity"] for rule in alerts()}

    assert drift["HoldfastScoreDrift"] == "info"
