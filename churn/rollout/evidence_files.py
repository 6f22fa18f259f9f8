"""The evidence of a rollout as files, and back: frames as Parquet, the rest as JSON."""

import io
from collections.abc import Mapping
from typing import Any

import msgspec
import polars as pl

from churn.rollout.evidence import RolloutEvidence

FRAMES = ("pairs", "answers", "outcomes")
RECORD = "record.json"


def rollout_evidence_files(evidence: RolloutEvidence) -> dict[str, bytes]:
    """File names to contents; equal evidence gives equal bytes."""
    record = {"alarm": evidence.alarm, "note": evidence.note}
    frames = {f"{n}.parquet": _parquet(getattr(evidence, n)) for n in FRAMES}
    return frames | {RECORD: msgspec.json.encode(record)}


def rollout_evidence_from(files: Mapping[str, bytes]) -> RolloutEvidence:
    """The evidence in these files."""
    frames: dict[str, Any] = {
        n: pl.read_parquet(io.BytesIO(files[f"{n}.parquet"])) for n in FRAMES
    }
    record: dict[str, Any] = msgspec.json.decode(files[RECORD])
    return RolloutEvidence(**frames, **record)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
