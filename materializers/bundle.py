"""The bundle folder: the only form in which a model travels."""

from typing import Any, ClassVar

from zenml.enums import ArtifactType

from churn.scoring.bundle import Bundle, load_bundle
from materializers.folder import FolderMaterializer


class BundleMaterializer(FolderMaterializer):
    """A bundle's own files, verified whenever they are read."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Bundle,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def to_files(self, data: Bundle) -> dict[str, bytes]:
        """The bundle's files, as they are."""
        return dict(data.files)

    def from_files(self, files: dict[str, bytes], data_type: type[Any]) -> Bundle:
        """The bundle, after hashes and golden rows were checked."""
        return load_bundle(files)

    def extract_metadata(self, data: Bundle) -> dict[str, Any]:
        """What kind of model it is, and its hash."""
        return {"model_kind": data.kind, "bundle_sha256": data.bundle_sha256}
