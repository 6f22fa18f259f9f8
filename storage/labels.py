"""Files of labels, read whole and as text."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from churn.errors import SourceError
from churn.monitoring.labels import check_label_columns
from storage.files import FileSource
from storage.landing import as_text


def check_label_files(paths: Sequence[str]) -> None:
    """Refuse a file that is not there, is none, or lacks a column; reads no row.

    Raises
    ------
    SourceError
    """
    for path in paths:
        source = FileSource(path)
        for name in source.tables():
            check_label_columns(_called(path, name), list(source.columns(name)))


def read_label_files(paths: Sequence[str]) -> dict[str, pl.DataFrame]:
    """The rows of each file as text; a folder stands for the files in it.

    Raises
    ------
    SourceError
        If a file is not there, or cannot be read.
    """
    files = {}
    for path in paths:
        source = FileSource(path)
        for name in source.tables():
            rows = source.read(name)
            files[_called(path, name)] = _text(path, rows)
    return files


def _called(path: str, name: str) -> str:
    """What a file is called in an error: a folder's by its own name."""
    return f"{path}/{name}" if Path(path).is_dir() else path


def _text(path: str, rows: pl.DataFrame) -> pl.DataFrame:
    try:
        return rows.select(as_text(rows, name) for name in rows.columns)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"labels {path} cannot be read: {reason}") from None
