"""Evidence as files and back: two frames as Parquet, the rest as JSON."""

import io
from collections.abc import Mapping

import msgspec
import polars as pl

from churn.evaluation.evidence import Evidence

FRAMES = {"rows": "rows.parquet", "behaviour": "behaviour.parquet"}
RECORD = "record.json"


def evidence_files(evidence: Evidence) -> dict[str, bytes]:
    """The files of evidence by name; equal evidence gives equal bytes."""
    frames = {file: _parquet(getattr(evidence, name)) for name, file in FRAMES.items()}
    record = {n: value for n, value in vars(evidence).items() if n not in FRAMES}
    return frames | {RECORD: msgspec.json.encode(record)}


def evidence_from(files: Mapping[str, bytes]) -> Evidence:
    """The evidence in these files.

    Raises
    ------
    msgspec.ValidationError
        If a field of the record has another type.
    """
    record = msgspec.json.decode(files[RECORD])
    frames = {
        name: pl.read_parquet(io.BytesIO(files[file])) for name, file in FRAMES.items()
    }
    return msgspec.convert({**record, **frames}, Evidence)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
