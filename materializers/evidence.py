"""The rows behind a decision: two frames and a record."""

from typing import Any, ClassVar

from zenml.enums import ArtifactType

from churn.evaluation.evidence import Evidence
from churn.evaluation.evidence_files import evidence_files, evidence_from
from materializers.folder import FolderMaterializer


class EvidenceMaterializer(FolderMaterializer):
    """Rows and behaviour as Parquet, the rest as JSON."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Evidence,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA_ANALYSIS

    def to_files(self, data: Evidence) -> dict[str, bytes]:
        """Two frames and a record."""
        return evidence_files(data)

    def from_files(self, files: dict[str, bytes], data_type: type[Any]) -> Evidence:
        """The evidence; a field of another type is refused."""
        return evidence_from(files)

    def extract_metadata(self, data: Evidence) -> dict[str, Any]:
        """How many rows, and who the rivals are."""
        return {"n_rows": len(data.rows), "rivals": ", ".join(data.rivals)}
