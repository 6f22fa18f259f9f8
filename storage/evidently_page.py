"""Evidently's page on two frames, made by a process of its own.

Loaded into ours it changes numpy for everybody and leaves traces when it ends.
"""

import os
import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from churn.errors import HoldfastError

ROOT = Path(__file__).resolve().parents[1]
REFERENCE, CURRENT, PAGE = "reference.parquet", "current.parquet", "page.html"
MOST_SECONDS = 600
# Else it reports home.
QUIET = {"DO_NOT_TRACK": "1"}


class GuestError(HoldfastError):
    """Evidently made no page."""


def evidently_page(reference: pl.DataFrame, current: pl.DataFrame) -> str:
    """The page on the columns that have values in both frames.

    Raises
    ------
    GuestError
        Saying how it ended.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        reference.write_parquet(folder / REFERENCE)
        current.write_parquet(folder / CURRENT)
        command = [sys.executable, "-m", "storage.evidently_page", name]
        try:
            done = subprocess.run(  # noqa: S603 (our own module)
                command,
                cwd=ROOT,
                env={**os.environ, **QUIET},
                capture_output=True,
                timeout=MOST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GuestError(f"Evidently took over {MOST_SECONDS} s") from None
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise GuestError(f"Evidently ended with {done.returncode}: {last[:200]}")
        return (folder / PAGE).read_text()


def draw(reference: pl.DataFrame, current: pl.DataFrame) -> str:
    """Let Evidently draw, in this process."""
    from evidently import (  # type: ignore[import-untyped]
        DataDefinition,
        Dataset,
        Report,
    )
    from evidently.presets import DataDriftPreset  # type: ignore[import-untyped]

    # Of a column that is empty on one side it makes an error.
    names = [
        n for n in reference.columns if reference[n].count() and current[n].count()
    ]
    texts = [name for name in names if reference[name].dtype == pl.String]
    numbers = [name for name in names if name not in texts]
    columns = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    before, after = (
        Dataset.from_pandas(frame.select(names).to_pandas(), data_definition=columns)
        for frame in (reference, current)
    )
    snapshot = Report([DataDriftPreset()]).run(after, before)
    return str(snapshot.get_html_str(as_iframe=False))


def main(folder: Path) -> None:
    """Draw what is in the folder."""
    warnings.simplefilter("ignore")
    frames = [pl.read_parquet(folder / name) for name in (REFERENCE, CURRENT)]
    (folder / PAGE).write_text(draw(frames[0], frames[1]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
