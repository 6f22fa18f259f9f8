"""What the stack file alone tells: parts that cannot work together."""

import ipaddress
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cli.doctor.case import Case
from cli.doctor.finding import Check, Remark, Unwell

# Components that live on the machine of whoever starts the run.
AT_HOME = {
    (
        "alerter",
        "holdfast_file",
    ): "an alerter that is reached over the network, or none",
    (
        "artifact_store",
        "local",
    ): "flavor s3, or another that is reached over the network",
    ("model_deployer", "holdfast_local"): "flavor holdfast_server or holdfast_seldon",
}
IN_IMAGES = ("container_registry", "image_builder")
SERVED = {
    "crm": "postgresql+psycopg://NAME@HOST/DATABASE",
    "ledger": "postgresql+psycopg://NAME@HOST/DATABASE",
    "online": "redis://HOST:6379/0",
}
POD_RESOURCES = "settings.orchestrator.pod_settings.resources"


def placing_checks(case: Case) -> Iterator[Check]:
    """Only what needs nobody's answer: it is asked before every run."""
    yield Check("components", "fit each other", partial(_fitting, case))
    yield Check("settings", "are heeded", partial(_heeded, case))
    if not case.is_abroad:
        return
    for kind in case.stack.components:
        where = f"components.{kind}"
        yield Check(where, "is not of this machine", partial(_away, case, kind))
    for store in case.stack.stores:
        if store == "spark":
            continue
        where = f"stores.{store}"
        yield Check(where, "is not of this machine", partial(_stored, case, store))
    for name, value in case.stack.variables.items():
        yield Check(
            f"environment.{name}",
            "is not of this machine",
            partial(_no_loopback, value, case),
        )


def _fitting(case: Case) -> Iterator[Remark]:
    parts = case.stack.components
    if case.orchestrator in ("kubernetes", "kubeflow"):
        absent = [kind for kind in IN_IMAGES if kind not in parts]
        if absent:
            raise Unwell(
                f"the orchestrator {case.orchestrator} runs images, and the stack has "
                f"no {' and no '.join(absent)}",
                f"add {' and '.join(absent)}",
            )
    if _is(parts, "model_registry", "mlflow") and not _is(
        parts, "experiment_tracker", "mlflow"
    ):
        raise Unwell(
            "model_registry is mlflow, and experiment_tracker is not",
            "add experiment_tracker: {flavor: mlflow}",
        )
    if case.orchestrator == "kubeflow":
        _has_address(parts["orchestrator"].configuration)
    yield from ()


def _is(parts: Mapping[str, Any], kind: str, flavor: str) -> bool:
    return kind in parts and parts[kind].flavor == flavor


def _has_address(given: Mapping[str, Any]) -> None:
    if not given.get("kubeflow_hostname") and not given.get("kubernetes_context"):
        raise Unwell(
            "orchestrator says neither kubeflow_hostname nor kubernetes_context",
            "say kubeflow_hostname: https://HOST/pipeline",
        )


def _heeded(case: Case) -> Iterator[Remark]:
    given = [case.stack.settings, *(p.settings for p in case.stack.steps.values())]
    resources = [of["resources"] for of in given if "resources" in of]
    if _flavor(case) == "kubeflow" and any("memory" in of for of in resources):
        raise Unwell(
            "ZenML's Kubeflow orchestrator fails at settings.resources.memory",
            f"say it in {POD_RESOURCES}",
        )
    if case.orchestrator == "kubernetes" and resources:
        yield Remark(
            "the Kubernetes orchestrator does not heed settings.resources",
            f"say it in {POD_RESOURCES}",
        )
    operators = [of.get("orchestrator", {}).get("operator") for of in given]
    operators += [case.stack.components["orchestrator"].configuration.get("operator")]
    if case.orchestrator == "airflow" and "kubernetes_pod" in operators:
        raise Unwell(
            "operator kubernetes_pod stands for a module that Airflow no longer has",
            "say airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator",
        )


def _flavor(case: Case) -> str:
    return case.stack.components["orchestrator"].flavor


def _away(case: Case, kind: str) -> Iterator[Remark]:
    component = case.stack.components[kind]
    instead = AT_HOME.get((kind, component.flavor))
    if instead is not None:
        raise Unwell(
            f"flavor {component.flavor} is of this machine, and steps run elsewhere "
            f"({case.orchestrator})",
            instead,
        )
    given = component.configuration
    has_own_file = "://" not in str(given.get("tracking_uri", ""))
    if (kind, component.flavor) == ("experiment_tracker", "mlflow") and has_own_file:
        raise Unwell(
            "without a tracking_uri MLflow writes a file of this machine, and steps "
            f"run elsewhere ({case.orchestrator})",
            "tracking_uri: https://HOST, and who we are there",
        )
    for value in _texts(given):
        yield from _no_loopback(value, case)


def _stored(case: Case, store: str) -> Iterator[Remark]:
    address = case.stack.stores[store]
    if "://" not in address or address.startswith(("file:", "sqlite:")):
        raise Unwell(
            f"a file of this machine, and steps run elsewhere ({case.orchestrator})",
            f"name a place that both reach, like {SERVED.get(store, 's3://BUCKET/PATH')}",
        )
    yield from _no_loopback(address, case)


def _no_loopback(value: str, case: Case) -> Iterator[Remark]:
    host = _host(value)
    if host == "localhost" or _is_loopback(host):
        raise Unwell(
            f"{host} is this machine; a step that runs elsewhere "
            f"({case.orchestrator}) would look for it in its own pod",
            "use a name or address that both reach",
        )
    yield from ()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _host(value: str) -> str:
    """The host of a URL, or of HOST:PORT; empty of any other text."""
    try:
        parts = urlsplit(value if "://" in value else f"//{value}")
        has_one = "://" in value or parts.port is not None
    except ValueError:
        return ""
    return (parts.hostname or "") if has_one else ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
