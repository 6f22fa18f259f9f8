"""The shape all our artifacts share: a folder of a few named files."""

import os
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from zenml.materializers.base_materializer import BaseMaterializer

from churn.content import content_hash


class FolderMaterializer(BaseMaterializer):
    """Writes and reads files; a content hash over them lets ZenML's cache see data.

    Subclasses say which bytes a value is, and which value the bytes are.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Mapping,)
    SKIP_REGISTRATION: ClassVar[bool] = True

    @abstractmethod
    def to_files(self, data: Any) -> dict[str, bytes]:
        """File names to contents; equal values give equal bytes."""

    @abstractmethod
    def from_files(self, files: dict[str, bytes], data_type: type[Any]) -> Any:
        """The value that these files hold."""

    def save(self, data: Any) -> None:
        """Write every file below the artifact's address."""
        for name, content in self.to_files(data).items():
            with self.artifact_store.open(os.path.join(self.uri, name), "wb") as file:
                file.write(content)

    def load(self, data_type: type[Any]) -> Any:
        """Read every file below the artifact's address."""
        files = {}
        for name in sorted(map(str, self.artifact_store.listdir(self.uri))):
            with self.artifact_store.open(os.path.join(self.uri, name), "rb") as file:
                files[name] = file.read()
        return self.from_files(files, data_type)

    def compute_content_hash(self, data: Any) -> str:
        """Hash of all names and bytes."""
        return content_hash(self.to_files(data))
