"""Frames as Parquet: one frame, the tables of a source, the three windows."""

import io
from typing import Any, ClassVar

import polars as pl
from zenml.enums import ArtifactType

from churn.splits import Split
from churn.tables import Tables
from materializers.folder import FolderMaterializer

SUFFIX = ".parquet"


def to_parquet(frame: pl.DataFrame) -> bytes:
    """A frame as Parquet; the same frame gives the same bytes."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def from_parquet(content: bytes) -> pl.DataFrame:
    """The frame in these bytes."""
    return pl.read_parquet(io.BytesIO(content))


class FrameMaterializer(FolderMaterializer):
    """A polars frame."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (pl.DataFrame,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def to_files(self, data: pl.DataFrame) -> dict[str, bytes]:
        """One Parquet file."""
        return {f"frame{SUFFIX}": to_parquet(data)}

    def from_files(self, files: dict[str, bytes], data_type: type[Any]) -> pl.DataFrame:
        """Its frame."""
        return from_parquet(files[f"frame{SUFFIX}"])

    def extract_metadata(self, data: pl.DataFrame) -> dict[str, Any]:
        """Its shape."""
        return {"n_rows": len(data), "n_columns": data.width}


class TablesMaterializer(FolderMaterializer):
    """The tables of one source, and its description."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Tables,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def to_files(self, data: Tables) -> dict[str, bytes]:
        """A Parquet file a table."""
        files = {f"{n}{SUFFIX}": to_parquet(frame) for n, frame in data.frames.items()}
        return files | {"source.txt": data.source.encode()}

    def from_files(self, files: dict[str, bytes], data_type: type[Any]) -> Tables:
        """The tables by name."""
        source = files.pop("source.txt").decode()
        frames = {n.removesuffix(SUFFIX): from_parquet(b) for n, b in files.items()}
        return Tables(frames, source)

    def extract_metadata(self, data: Tables) -> dict[str, Any]:
        """Rows per table."""
        counts = {f"{name}_rows": len(frame) for name, frame in data.frames.items()}
        return counts | {"source": data.source}


class SplitMaterializer(FolderMaterializer):
    """Train, calibration and test."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Split,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def to_files(self, data: Split) -> dict[str, bytes]:
        """A Parquet file a window."""
        return {f"{n}{SUFFIX}": to_parquet(frame) for n, frame in vars(data).items()}

    def from_files(self, files: dict[str, bytes], data_type: type[Any]) -> Split:
        """The three windows."""
        return Split(
            **{n.removesuffix(SUFFIX): from_parquet(b) for n, b in files.items()}
        )

    def extract_metadata(self, data: Split) -> dict[str, Any]:
        """Dates, rows and churners per window."""
        return {
            f"{name}_{what}": fact
            for name, window in vars(data).items()
            for what, fact in _facts(window).items()
        }


def _facts(window: pl.DataFrame) -> dict[str, Any]:
    return {
        "first": str(window["snapshot_date"].min()),
        "last": str(window["snapshot_date"].max()),
        "rows": len(window),
        "churners": int(window["is_churn"].sum()),
    }
