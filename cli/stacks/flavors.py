"""Flavors of stack components: ours, and those that ZenML brings."""

import importlib
from functools import cache
from typing import TYPE_CHECKING

from churn.errors import ConfigError
from churn.naming import suggestion

if TYPE_CHECKING:
    from zenml.stack import Flavor

# Our flavors by component type and name; ZenML imports one where a stack uses it.
FLAVORS = {
    ("alerter", "holdfast_file"): "flavors.alerter.flavor.FileAlerterFlavor",
    ("model_deployer", "holdfast_local"): (
        "flavors.model_deployer.flavor.LocalDeployerFlavor"
    ),
    ("model_deployer", "holdfast_seldon"): (
        "flavors.model_deployer.flavor.SeldonDeployerFlavor"
    ),
    ("model_deployer", "holdfast_server"): (
        "flavors.model_deployer.flavor.ServerDeployerFlavor"
    ),
    ("orchestrator", "holdfast_airflow"): (
        "flavors.orchestrator.airflow.flavor.AirflowFlavor"
    ),
    ("orchestrator", "holdfast_kubeflow"): (
        "flavors.orchestrator.kubeflow.flavor.KubeflowFlavor"
    ),
}


def flavor_of(kind: str, name: str, where: str) -> "Flavor":
    """A flavor by name: ours, or one that ZenML brings.

    Raises
    ------
    ConfigError
        If there is none of that name; `where` says who asked.
    """
    if (kind, name) in FLAVORS:
        module, _, of = FLAVORS[kind, name].rpartition(".")
        ours: Flavor = getattr(importlib.import_module(module), of)()
        return ours
    brought = _brought_flavors()
    if (kind, name) not in brought:
        known = [of for held, of in (*brought, *FLAVORS) if held == kind]
        raise ConfigError(
            f"{where}: unknown flavor {name!r}; {suggestion(name, known)}"
        )
    return brought[kind, name]


@cache
def _brought_flavors() -> dict[tuple[str, str], "Flavor"]:
    """ZenML's own flavors, from its code: its database need not exist yet."""
    from zenml.stack.flavor_registry import FlavorRegistry

    registry = FlavorRegistry()
    flavors = [of() for of in registry.builtin_flavors + registry.integration_flavors]
    return {(flavor.type.value, flavor.name): flavor for flavor in flavors}
