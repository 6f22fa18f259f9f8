"""Our model deployers as ZenML lists them; the code comes when used."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field
from zenml.model_deployers.base_model_deployer import (
    BaseModelDeployerConfig,
    BaseModelDeployerFlavor,
)

if TYPE_CHECKING:
    from flavors.model_deployer.local.deployer import LocalDeployer
    from flavors.model_deployer.seldon.deployer import SeldonDeployer
    from flavors.model_deployer.server.deployer import ServerDeployer

Options = dict[str, str | int | float]


class LocalDeployerConfig(BaseModelDeployerConfig):
    """Where servers run on this machine, and how patient the deployer is."""

    folder: str = Field(description="Holds a folder a model: state, logs, port.")
    first_port: int = Field(
        ge=1, le=65535, description="Each model gets a free port from here on."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen at.")
    python: str | None = Field(
        default=None,
        description="Interpreter of the servers' environment; None: this one.",
    )
    options: Options = Field(
        default={}, description="Of `python -m serving`, for example workers: 2."
    )
    ready_within_seconds: float = Field(default=60, gt=0)
    drain_within_seconds: float = Field(
        default=5,
        ge=0,
        description="Time for clients of an old server to connect to the new one.",
    )
    stop_within_seconds: float = Field(default=20, gt=0)

    @property
    def is_local(self) -> bool:
        """The servers are on the machine that runs the step."""
        return True


class SeldonDeployerConfig(BaseModelDeployerConfig):
    """What a SeldonDeployment of our server is made of, and where it goes."""

    image: str = Field(description="The server's image, by tag or digest.")
    namespace: str = Field(description="Of the SeldonDeployment; it must exist.")
    url: str = Field(
        description="Where clients reach it, with {namespace} and {name}: "
        "https://models.example.com/seldon/{namespace}/{name}"
    )
    dry_run: bool | Literal["server"] = Field(
        default=True,
        description="True: manifests go to the artifact store, nothing else happens; "
        "server: the cluster checks them as well; False: they are applied.",
    )
    split: Literal["server", "mesh"] = Field(
        default="server",
        description="Who divides requests among champion and challenger.",
    )
    kubernetes_context: str | None = Field(
        default=None,
        description="Of the kubeconfig; None: the current one. In a pod without a "
        "kubeconfig: its own cluster.",
    )
    secret: str | None = Field(
        default=None,
        description="Kubernetes secret whose entries are the server's variables: "
        "credentials of the object store, addresses with passwords.",
    )
    service_account: str | None = None
    image_pull_secret: str | None = None
    cpu_request: str = "250m"
    cpu_limit: str = "1"
    memory_request: str = "512Mi"
    memory_limit: str = "1Gi"
    min_replicas: int = Field(default=2, ge=1)
    max_replicas: int = Field(default=4, ge=1)
    target_cpu_percent: int = Field(default=70, ge=1, le=100)
    options: Options = Field(
        default={}, description="Of `python -m serving`, for example workers: 2."
    )
    ready_within_seconds: float = Field(default=600, gt=0)

    @property
    def is_remote(self) -> bool:
        """The servers are elsewhere."""
        return True


class ServerDeployerConfig(BaseModelDeployerConfig):
    """Where a server is that somebody else runs, and how long to wait for it."""

    url: str = Field(
        description="Where it is reached; {name} stands for the model: "
        "https://models.example.com/{name}"
    )
    ready_within_seconds: float = Field(
        default=60, gt=0, description="Time to follow what was just released."
    )

    @property
    def is_remote(self) -> bool:
        """The server is elsewhere."""
        return True


class LocalDeployerFlavor(BaseModelDeployerFlavor):
    """Runs model servers as processes of this machine."""

    @property
    def name(self) -> str:
        """The flavor's name in a stack file."""
        return "holdfast_local"

    @property
    def config_class(self) -> type[LocalDeployerConfig]:
        """The settings this flavor takes."""
        return LocalDeployerConfig

    @property
    def implementation_class(self) -> "type[LocalDeployer]":
        """The component itself, imported on first use."""
        from flavors.model_deployer.local.deployer import LocalDeployer

        return LocalDeployer


class SeldonDeployerFlavor(BaseModelDeployerFlavor):
    """Runs model servers in Seldon Core."""

    @property
    def name(self) -> str:
        """The flavor's name in a stack file."""
        return "holdfast_seldon"

    @property
    def config_class(self) -> type[SeldonDeployerConfig]:
        """The settings this flavor takes."""
        return SeldonDeployerConfig

    @property
    def implementation_class(self) -> "type[SeldonDeployer]":
        """The component itself, imported on first use."""
        from flavors.model_deployer.seldon.deployer import SeldonDeployer

        return SeldonDeployer


class ServerDeployerFlavor(BaseModelDeployerFlavor):
    """Waits for model servers that are run by other means: compose, systemd, pods."""

    @property
    def name(self) -> str:
        """The flavor's name in a stack file."""
        return "holdfast_server"

    @property
    def config_class(self) -> type[ServerDeployerConfig]:
        """The settings this flavor takes."""
        return ServerDeployerConfig

    @property
    def implementation_class(self) -> "type[ServerDeployer]":
        """The component itself, imported on first use."""
        from flavors.model_deployer.server.deployer import ServerDeployer

        return ServerDeployer
