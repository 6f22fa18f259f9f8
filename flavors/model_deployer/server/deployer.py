"""The model deployer of a stack whose server somebody else runs."""

import os
from typing import cast

from flavors.model_deployer.component import ReleaseDeployer
from flavors.model_deployer.flavor import ServerDeployerConfig, ServerDeployerFlavor
from flavors.model_deployer.server.asking import checked, key_of
from flavors.model_deployer.server.servers import RunElsewhere


class ServerDeployer(ReleaseDeployer):
    """Waits until a server that runs already serves what was released."""

    NAME = "Holdfast server"
    FLAVOR = ServerDeployerFlavor

    @property
    def config(self) -> ServerDeployerConfig:
        """The settings of this component."""
        return cast("ServerDeployerConfig", self._config)

    @property
    def servers(self) -> RunElsewhere:
        """Those who are only asked."""
        return RunElsewhere(
            url=checked(self.config.url),
            key=lambda: key_of(os.environ),
            ready_within_seconds=self.config.ready_within_seconds,
        )

    def log_lines(self, model: str) -> list[str]:
        """Where to look: the log is with whoever runs the server."""
        return [f"the log of {model} is kept where its server is run"]
