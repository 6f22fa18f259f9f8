"""What a rollout is judged by: frames and a record."""

from typing import Any, ClassVar

from zenml.enums import ArtifactType

from churn.rollout.evidence import RolloutEvidence
from churn.rollout.evidence_files import (
    rollout_evidence_files,
    rollout_evidence_from,
)
from materializers.folder import FolderMaterializer


class RolloutEvidenceMaterializer(FolderMaterializer):
    """Rows as Parquet, the rest as JSON."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (RolloutEvidence,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA_ANALYSIS

    def to_files(self, data: RolloutEvidence) -> dict[str, bytes]:
        """Frames and a record."""
        return rollout_evidence_files(data)

    def from_files(
        self, files: dict[str, bytes], data_type: type[Any]
    ) -> RolloutEvidence:
        """The evidence in them."""
        return rollout_evidence_from(files)

    def extract_metadata(self, data: RolloutEvidence) -> dict[str, Any]:
        """How much there is."""
        return {
            "n_pairs": len(data.pairs),
            "n_answers": len(data.answers),
            "n_outcomes": len(data.outcomes),
        }
