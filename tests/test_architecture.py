"""The direction of imports, as CONTRIBUTING draws it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "churn": set(),
    "datasets": {"churn"},
    "storage": {"churn"},
    "registry": {"churn"},
    "materializers": {"churn", "registry"},
    "flavors": {"churn"},
    "serving": {"churn", "storage"},
    "steps": {"churn", "datasets", "registry", "storage"},
    "pipelines": {"steps", "materializers", "churn", "datasets"},
    "cli": {"pipelines", "registry", "storage", "datasets", "churn"},
}
OURS = set(MAY_IMPORT)
IMPURE = {"zenml", "mlflow", "evidently", "logging", "random", "requests", "time"}
SCORING = {"numpy", "onnxruntime", "cryptography", "xgboost", "churn"}
# The server's part of the core; of `storage` what its small environment can import.
SERVED = {"churn.scoring", "churn.errors", "churn.naming", "churn.ranges"}
HEAVY = "polars pandas sklearn scipy xgboost deltalake duckdb sqlalchemy zenml mlflow"
MODULES = [p for layer in MAY_IMPORT for p in sorted((ROOT / layer).rglob("*.py"))]

CORE = [p for p in MODULES if p.is_relative_to(ROOT / "churn")]


def imported(module: Path) -> set[str]:
    """Roots of everything a module imports, wherever in the file."""
    nodes = list(ast.walk(ast.parse(module.read_text())))
    names = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}
    return {name.partition(".")[0] for name in names}


def forbidden(module: Path, layer: str) -> set[str]:
    """What a module of this layer imports and must not."""
    roots = imported(module)
    wrong = (roots & OURS) - {layer} - MAY_IMPORT[layer]
    if layer == "churn":
        wrong |= roots & IMPURE
    if "scoring" in module.parts:
        wrong |= roots - SCORING - set(sys.stdlib_module_names)
    return wrong


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_layers(module: Path) -> None:
    layer = module.relative_to(ROOT).parts[0]

    assert not forbidden(module, layer)


@pytest.mark.parametrize(
    "module", sorted((ROOT / "serving").rglob("*.py")), ids=lambda p: p.name
)
def test_the_server_takes_of_the_core_only_what_scores(module: Path) -> None:
    nodes = ast.walk(ast.parse(module.read_text()))
    taken = {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}

    core = {name for name in taken if name.split(".")[0] == "churn"}

    assert not {name for name in core if ".".join(name.split(".")[:2]) not in SERVED}


def test_the_server_starts_without_what_trains() -> None:
    code = (
        "import sys, serving.asgi, serving.__main__, serving.observer;"
        f"sys.exit(', '.join(set('{HEAVY}'.split()) & set(sys.modules)) or None)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def called(module: Path) -> set[str]:
    """Names and attributes that a module's code uses."""
    nodes = list(ast.walk(ast.parse(module.read_text())))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("module", CORE, ids=lambda p: str(p.relative_to(ROOT)))
def test_time_and_environment_reach_the_core_as_arguments(module: Path) -> None:
    assert not called(module) & {"environ", "getenv", "print", "now", "utcnow", "today"}


@pytest.mark.parametrize("line", ["import zenml", "from steps.fit_model import x"])
def test_a_forbidden_import_is_noticed(line: str, tmp_path: Path) -> None:
    module = tmp_path / "bad.py"
    module.write_text(f"def f():\n    {line}\n")

    assert forbidden(module, "churn")


def test_names_of_modules_say_what_they_hold() -> None:
    vague = {"utils", "common", "helpers", "base", "misc"}

    assert not [p for p in MODULES if p.stem in vague]


def has_behaviour(module: Path) -> bool:
    """Whether a module defines any function; pure records have nothing to test."""
    nodes = ast.walk(ast.parse(module.read_text()))
    return any(isinstance(node, ast.FunctionDef) for node in nodes)


def test_every_core_module_has_a_test_of_its_name() -> None:
    untested = [
        str(module.relative_to(ROOT))
        for module in CORE
        if has_behaviour(module) and not mirrored(module).exists()
    ]

    assert untested == []


def mirrored(module: Path) -> Path:
    """Where the tests of a module are."""
    return (ROOT / "tests" / module.relative_to(ROOT)).with_name(f"test_{module.name}")


def test_the_core_runs_without_zenml_and_mlflow() -> None:
    code = (
        "import sys; sys.modules['zenml'] = sys.modules['mlflow'] = None;"
        "import churn.model.train, churn.evaluation.assess, churn.gates.decide;"
        "import churn.report.training, datasets.catalogue, storage.sources"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_help_needs_neither_zenml_nor_the_learners() -> None:
    code = (
        "import sys; from cli.main import command;"
        "heavy = {'zenml', 'mlflow', 'sklearn', 'polars'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or None)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
