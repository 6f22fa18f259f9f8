"""Names as SQL identifiers."""

from sqlglot import exp


def quote(name: str) -> str:
    """The name in double quotes, as DuckDB's dialect, which we compile from, has it."""
    return exp.to_identifier(name, quoted=True).sql("duckdb")
