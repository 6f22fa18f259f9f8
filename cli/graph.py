"""The steps of a pipeline and what each waits for, read from its source.

Reading the source instead of importing it keeps ZenML, and the database that
its import may create, out of ``--dry-run`` and ``--list``.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from churn.errors import ConfigError
from churn.naming import suggestion


def pipeline_names(root: Path) -> tuple[str, ...]:
    """Pipelines that have both a module and a configuration."""
    modules = {path.stem for path in (root / "pipelines").glob("*.py")}
    files = {path.stem for path in (root / "configs" / "pipelines").glob("*.yaml")}
    return tuple(sorted(modules & files))


def check_pipeline(root: Path, name: str) -> None:
    """Refuse a pipeline that does not exist, naming the nearest."""
    names = pipeline_names(root)
    if name not in names:
        raise ConfigError(f"unknown pipeline {name!r}; {suggestion(name, names)}")


def step_graph(root: Path, pipeline: str) -> dict[str, tuple[str, ...]]:
    """Step name to the steps it waits for, in the order they are written.

    A step that a run may leave out is among them.
    """
    tree = ast.parse((root / "pipelines" / f"{pipeline}.py").read_text())
    steps = _imported_steps(tree)
    function = next(
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == pipeline
    )
    graph: dict[str, tuple[str, ...]] = {}
    made_by: dict[str, str] = {}
    for statement in _statements(function.body):
        call = getattr(statement, "value", None)
        if not (isinstance(call, ast.Call) and _name(call.func) in steps):
            continue
        step = _name(call.func)
        graph[step] = tuple(dict.fromkeys(_upstream(call, made_by)))
        made_by |= dict.fromkeys(_targets(statement), step)
    return graph


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Each statement, also those under a condition."""
    for statement in body:
        if isinstance(statement, ast.If):
            yield from _statements([*statement.body, *statement.orelse])
        else:
            yield statement


def _imported_steps(tree: ast.Module) -> set[str]:
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    ours = [node for node in imports if (node.module or "").startswith("steps.")]
    return {alias.name for node in ours for alias in node.names}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _upstream(call: ast.Call, made_by: dict[str, str]) -> list[str]:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    named = [made_by[_name(node)] for node in given if _name(node) in made_by]
    after = [keyword.value for keyword in call.keywords if keyword.arg == "after"]
    return named + [str(item) for node in after for item in ast.literal_eval(node)]


def _targets(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    nodes = [node for target in targets for node in ast.walk(target)]
    return [node.id for node in nodes if isinstance(node, ast.Name)]
