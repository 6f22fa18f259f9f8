"""Print what a checkout declares, as JSON; run as a script, with the checkout's code.

Each revision is read by its own `churn` and `datasets`: an older declaration may not
load beside newer code. What is read here all revisions have.
"""

import ast
import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from textwrap import dedent
from typing import Any

# Of a feature: decides nothing about its value.
WORDS = ("unit", "meaning", "in_model", "log1p")
TIMES = ("event_time", "known_at", "delay", "time_zone", "event_id", "customer")
POPULATION = ("kind", "label", "churn_column", "eligible", "customer_value")
# Of a data set's configuration: the days that its label is about.
LABEL_DAYS = ("lead_time_days", "horizon_days")
# Of a column: told elsewhere, or words.
UNTOLD = ("alias", "metadata", "description", "check")


def declared(tree: Path, name: str) -> dict[str, Any]:
    """One data set as plain data; `churn.changes.declared` says what is what."""
    from datasets.catalogue import load

    dataset = load(name)
    population = {key: getattr(dataset, key) for key in POPULATION}
    return {
        "population": _texts(population | _label_days(tree, name)),
        "tables": {key: _table(table) for key, table in dataset.tables.items()},
        "features": {f.name: _feature(dataset, f) for f in dataset.features},
    }


def _label_days(tree: Path, name: str) -> dict[str, Any]:
    import yaml

    path = tree / "configs" / "datasets" / f"{name}.yaml"
    stated = yaml.safe_load(path.read_text()) if path.exists() else {}
    snapshots = stated.get("snapshots") or {}
    return {key: snapshots.get(key) for key in LABEL_DAYS}


def _table(table: Any) -> dict[str, Any]:
    columns = table.schema.columns()
    # The rules between columns have no public name.
    rules = table.schema._schema_validation_rules()  # noqa: SLF001
    return {
        "times": _texts({key: getattr(table, key) for key in TIMES}),
        "prepare": _body(table.prepare),
        "columns": {name: _column(name, column) for name, column in columns.items()},
        "rules": {name: str(rule.expr) for name, rule in rules.items()},
    }


def _column(name: str, column: Any) -> dict[str, str]:
    import polars as pl

    stated = {
        key: value
        for key, value in vars(column).items()
        if not key.startswith("_") and key not in UNTOLD
    }
    if callable(column.check):
        stated["check"] = column.check(pl.col(name))
    return {"dtype": str(column.dtype), **_texts(stated)}


def _feature(dataset: Any, feature: Any) -> dict[str, Any]:
    from churn.features.describe import describe
    from churn.features.engine import DUCKDB
    from churn.features.lineage import needed

    told = describe(dataset, feature.name, dialect=DUCKDB.dialect)
    stated = {"form": type(feature).__name__, **asdict(feature)}
    del stated["name"]
    parts = [part.name for part in needed([feature.name], dataset.features)]
    return {
        "definition": _texts({k: v for k, v in stated.items() if k not in WORDS}),
        "words": {key: str(stated.get(key)) for key in WORDS},
        "query": _sha256(told.sql),
        "parts": [part for part in parts if part != feature.name],
        "reads": told.columns,
    }


def _texts(stated: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in stated.items() if value is not None}


def _body(function: Callable[..., Any]) -> str:
    """Hash of what a function does; its comments and its docstring are words."""
    tree = ast.parse(dedent(inspect.getsource(function)))
    body = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in body:
        if ast.get_docstring(node) is not None:
            del node.body[0]
    return _sha256(ast.dump(tree))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Print every data set of the checkout that is named first."""
    tree = Path(sys.argv[1])
    sys.path.insert(0, str(tree))
    import polars as pl

    from datasets.catalogue import registered

    # Long lists of allowed values must not end in an ellipsis.
    pl.Config.set_fmt_table_cell_list_len(-1)
    pl.Config.set_fmt_str_lengths(10_000)
    print(json.dumps({name: declared(tree, name) for name in registered()}))  # noqa: T201


if __name__ == "__main__":
    main()
