"""The model deployer of a machine: servers as its processes."""

import sys
from pathlib import Path
from typing import cast

from flavors.model_deployer.component import ReleaseDeployer
from flavors.model_deployer.flavor import LocalDeployerConfig, LocalDeployerFlavor
from flavors.model_deployer.local.program import CHECKOUT
from flavors.model_deployer.local.servers import LocalServers


class LocalDeployer(ReleaseDeployer):
    """Runs servers that outlive the run which started them."""

    NAME = "Holdfast local"
    FLAVOR = LocalDeployerFlavor

    @property
    def config(self) -> LocalDeployerConfig:
        """The settings of this component."""
        return cast("LocalDeployerConfig", self._config)

    @property
    def servers(self) -> LocalServers:
        """The processes."""
        config = self.config
        return LocalServers(
            folder=Path(config.folder),
            host=config.host,
            first_port=config.first_port,
            program=(config.python or sys.executable, "-m", "serving"),
            options={name: str(value) for name, value in config.options.items()},
            code=CHECKOUT,
            ready_within_seconds=config.ready_within_seconds,
            drain_within_seconds=config.drain_within_seconds,
            stop_within_seconds=config.stop_within_seconds,
        )

    def log_lines(self, model: str) -> list[str]:
        """What the newest server of the model said."""
        return self.servers.log_lines(model)
