"""The alerter that writes to a file, as ZenML lists it; the code comes when used."""

from typing import TYPE_CHECKING

from zenml.alerter import BaseAlerterConfig, BaseAlerterFlavor

if TYPE_CHECKING:
    from flavors.alerter.file_alerter import FileAlerter


class FileAlerterConfig(BaseAlerterConfig):
    """Where the messages go."""

    path: str

    @property
    def is_local(self) -> bool:
        """The file is on the machine that runs the step."""
        return True


class FileAlerterFlavor(BaseAlerterFlavor):
    """Appends one line of JSON per message to a file."""

    @property
    def name(self) -> str:
        """The flavor's name in a stack file."""
        return "holdfast_file"

    @property
    def config_class(self) -> type[FileAlerterConfig]:
        """The settings this flavor takes."""
        return FileAlerterConfig

    @property
    def implementation_class(self) -> "type[FileAlerter]":
        """The component itself, imported on first use."""
        from flavors.alerter.file_alerter import FileAlerter

        return FileAlerter
