"""The target list as a CSV file, for whoever takes files."""

import io
from collections.abc import Mapping
from datetime import date

import polars as pl

from storage.objects import open_objects

EXPORTS_URL = "HOLDFAST_EXPORTS_URL"

FORMULAS = r"^[=+\-@\t\r\n]"
"""How a cell begins that a spreadsheet would run (OWASP, "CSV injection")."""

INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def export_csv(
    dataset: str, day: date, rows: pl.DataFrame, *, environ: Mapping[str, str]
) -> str:
    """Write the list of a date, whole or not at all, over an earlier one.

    Returns where it is.

    Raises
    ------
    ConfigError
        If the address of the place is none.
    ObjectError
        If it is out of reach.
    """
    files = open_objects(environ[EXPORTS_URL], environ=environ)
    path = f"targets/{dataset}/{day}.csv"
    files.put(path, as_csv(rows))
    return f"{files.address}/{path}"


def as_csv(rows: pl.DataFrame) -> bytes:
    """UTF-8 with a head line; no text of it is a formula to a spreadsheet."""
    texts = pl.col(pl.String)
    is_formula = texts.str.contains(FORMULAS)
    safe = rows.with_columns(
        pl.when(is_formula).then(pl.lit("'") + texts).otherwise(texts).name.keep()
    )
    content = io.BytesIO()
    safe.write_csv(content, datetime_format=INSTANT)
    return content.getvalue()
