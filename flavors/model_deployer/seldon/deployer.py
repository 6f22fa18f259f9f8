"""The model deployer of a cluster with Seldon Core."""

from typing import cast

from zenml.client import Client
from zenml.io import fileio

from flavors.model_deployer.component import ReleaseDeployer
from flavors.model_deployer.flavor import SeldonDeployerConfig, SeldonDeployerFlavor
from flavors.model_deployer.seldon.cluster import Cluster
from flavors.model_deployer.seldon.manifest import name_of
from flavors.model_deployer.seldon.recipe import Recipe
from flavors.model_deployer.seldon.servers import SeldonServers

FOLDER = "seldon"


class SeldonDeployer(ReleaseDeployer):
    """Runs servers as SeldonDeployments, or only describes them."""

    NAME = "Holdfast Seldon"
    FLAVOR = SeldonDeployerFlavor

    @property
    def config(self) -> SeldonDeployerConfig:
        """The settings of this component."""
        return cast("SeldonDeployerConfig", self._config)

    @property
    def servers(self) -> SeldonServers:
        """The SeldonDeployments."""
        config = self.config
        return SeldonServers(
            recipe=recipe_of(config),
            url=config.url,
            dry_run=config.dry_run,
            ready_within_seconds=config.ready_within_seconds,
            connect=lambda: Cluster(config.namespace, config.kubernetes_context),
            write=_write,
        )

    def log_lines(self, model: str) -> list[str]:
        """Where to look: the pods' logs are the cluster's."""
        selector = f"seldon-deployment-id={name_of(model)}"
        return [f"kubectl logs --namespace {self.config.namespace} -l {selector}"]


def recipe_of(config: SeldonDeployerConfig) -> Recipe:
    """What of the settings goes into the manifests."""
    return Recipe(
        image=config.image,
        namespace=config.namespace,
        split=config.split,
        secret=config.secret,
        service_account=config.service_account,
        image_pull_secret=config.image_pull_secret,
        requests={"cpu": config.cpu_request, "memory": config.memory_request},
        limits={"cpu": config.cpu_limit, "memory": config.memory_limit},
        min_replicas=config.min_replicas,
        max_replicas=config.max_replicas,
        target_cpu_percent=config.target_cpu_percent,
        options={name: str(value) for name, value in config.options.items()},
    )


def _write(name: str, text: str) -> str:
    """Keep manifests in the active stack's artifact store, next to the artifacts."""
    store = Client().active_stack.artifact_store
    folder = f"{store.path}/{FOLDER}"
    fileio.makedirs(folder)
    path = f"{folder}/{name}"
    with fileio.open(path, "w") as file:
        file.write(text)
    return path
