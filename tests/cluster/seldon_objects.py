"""What Seldon Core's operator makes of a SeldonDeployment, as objects. Pure.

Written after the operator of Seldon Core 1.17.1; ``operator.py`` names the limits.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

Object = dict[str, Any]

NO_ENGINE = "seldon.io/no-engine"
ID, APP, APP_SVC = "seldon-deployment-id", "seldon-app", "seldon-app-svc"
GRPC_PORT, METRICS_PORT = 9500, 6000
# DEFAULT_USER_ID, as Seldon's chart sets it; it takes the place of the pod's own.
USER = 8888
PODINFO = {
    "name": "seldon-podinfo",
    "downwardAPI": {
        "items": [
            {
                "path": "annotations",
                "fieldRef": {"fieldPath": "metadata.annotations", "apiVersion": "v1"},
            }
        ]
    },
}


class UnknownPartError(Exception):
    """The emulation does not know this part of a SeldonDeployment."""


def objects_of(seldon: Object, *, scaling: str, policy: str) -> list[Object]:
    """All objects of a SeldonDeployment; the other two are API versions."""
    made = []
    for predictor in seldon["spec"]["predictors"]:
        if predictor.get("annotations", {}).get(NO_ENGINE) != "true":
            raise UnknownPartError(f"predictor {predictor['name']} wants an executor")
        if predictor["graph"].get("implementation"):
            raise UnknownPartError("prepackaged servers are not emulated")
        for number, part in enumerate(predictor["componentSpecs"]):
            name = deployment_name(seldon, predictor, number)
            made.append(_deployment(seldon, predictor, part, name))
            made += _services(seldon, predictor)
            made += _autoscaler(part, name, scaling)
            made += _budget(seldon, part, name, policy)
    return [_owned(one, seldon) for one in made]


def deployment_name(seldon: Object, predictor: Object, number: int) -> str:
    """As Seldon names the Deployment of a part: by all of its containers."""
    containers = predictor["componentSpecs"][number]["spec"]["containers"]
    names = [seldon["metadata"]["name"], predictor["name"], str(number)]
    return "-".join([*names, *(one["name"] for one in containers)])


def service_name(seldon: Object, predictor: Object) -> str:
    """The Service of a predictor, to which a mesh sends requests."""
    return f"{seldon['metadata']['name']}-{predictor['name']}"


def _deployment(seldon: Object, predictor: Object, part: Object, name: str) -> Object:
    selected = {
        ID: seldon["metadata"]["name"],
        APP: service_name(seldon, predictor),
        APP_SVC: _container_service_name(seldon, predictor),
    }
    labels = selected | {"app": name, "fluentd": "true"}
    if predictor.get("shadow"):
        labels["shadow"] = "true"
    annotations = {"prometheus.io/path": "/prometheus", "prometheus.io/scrape": "true"}
    annotations |= predictor["annotations"]
    deployment: Object = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "selector": {"matchLabels": selected},
            "strategy": {"rollingUpdate": {"maxUnavailable": "10%"}},
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": _pod(seldon, predictor, part),
            },
        },
    }
    if "hpaSpec" not in part:
        deployment["spec"]["replicas"] = part.get("replicas", predictor["replicas"])
    return deployment


def _pod(seldon: Object, predictor: Object, part: Object) -> Object:
    pod: Object = deepcopy(part["spec"])
    pod["securityContext"] = {"runAsUser": USER}
    pod.setdefault("volumes", []).append(PODINFO)
    pod.setdefault("terminationGracePeriodSeconds", 20)
    for container in pod["containers"]:
        mount = {"name": PODINFO["name"], "mountPath": "/etc/podinfo"}
        container.setdefault("volumeMounts", []).append(mount)
        container.setdefault("env", []).extend(_variables(seldon, predictor, container))
        ports = container.setdefault("ports", [])
        ports += [
            {"name": "grpc", "containerPort": GRPC_PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
        ]
        probe = {"tcpSocket": {"port": "http"}, "initialDelaySeconds": 20}
        container.setdefault("readinessProbe", probe)
        container.setdefault("livenessProbe", probe)
        sleep = ["/bin/sh", "-c", "/bin/sleep 10"]
        container.setdefault("lifecycle", {"preStop": {"exec": {"command": sleep}}})
    return pod


def _variables(seldon: Object, predictor: Object, container: Object) -> list[Object]:
    http = str(predictor["graph"]["endpoint"]["httpPort"])
    told = {
        "PREDICTIVE_UNIT_SERVICE_PORT": http,
        "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": http,
        "MLSERVER_HTTP_PORT": http,
        "PREDICTIVE_UNIT_GRPC_SERVICE_PORT": str(GRPC_PORT),
        "MLSERVER_GRPC_PORT": str(GRPC_PORT),
        "PREDICTIVE_UNIT_ID": container["name"],
        "MLSERVER_MODEL_NAME": container["name"],
        "PREDICTIVE_UNIT_IMAGE": container["image"],
        "PREDICTOR_ID": predictor["name"],
        "PREDICTOR_LABELS": json.dumps(predictor.get("labels", {})),
        "SELDON_DEPLOYMENT_ID": seldon["metadata"]["name"],
        "SELDON_EXECUTOR_ENABLED": "true",
        "PREDICTIVE_UNIT_METRICS_SERVICE_PORT": str(METRICS_PORT),
        "PREDICTIVE_UNIT_METRICS_ENDPOINT": "/prometheus",
    }
    return [{"name": name, "value": value} for name, value in told.items()]


def _container_service_name(seldon: Object, predictor: Object) -> str:
    return f"{service_name(seldon, predictor)}-{predictor['graph']['name']}"


def _services(seldon: Object, predictor: Object) -> Iterator[Object]:
    """One by which the container is reached, and one for the whole predictor."""
    http = predictor["graph"]["endpoint"]["httpPort"]
    for label, name in (
        (APP_SVC, _container_service_name(seldon, predictor)),
        (APP, service_name(seldon, predictor)),
    ):
        ports = [
            {"name": "http", "port": http, "targetPort": http, "protocol": "TCP"},
            {"name": "grpc", "port": GRPC_PORT, "protocol": "TCP"},
        ]
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": name,
                "labels": {ID: seldon["metadata"]["name"], label: name},
            },
            "spec": {"ports": ports, "selector": {label: name}, "type": "ClusterIP"},
        }


def _autoscaler(part: Object, name: str, scaling: str) -> Iterator[Object]:
    if "hpaSpec" not in part:
        return
    asked = part["hpaSpec"]
    yield {
        "apiVersion": scaling,
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": name,
            },
            "minReplicas": asked["minReplicas"],
            "maxReplicas": asked["maxReplicas"],
            "metrics": [_metric(one) for one in asked["metrics"]],
        },
    }


def _metric(asked: Object) -> Object:
    """A metric of autoscaling/v2beta1 as the later versions write it."""
    resource = asked["resource"]
    share = resource["targetAverageUtilization"]
    target = {"type": "Utilization", "averageUtilization": share}
    return {
        "type": asked["type"],
        "resource": {"name": resource["name"], "target": target},
    }


def _budget(seldon: Object, part: Object, name: str, policy: str) -> Iterator[Object]:
    if "pdbSpec" not in part:
        return
    selector = {"matchLabels": {ID: seldon["metadata"]["name"]}}
    yield {
        "apiVersion": policy,
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {**part["pdbSpec"], "selector": selector},
    }


def _owned(made: Object, seldon: Object) -> Object:
    """Deleted by Kubernetes along with its SeldonDeployment."""
    metadata = made["metadata"]
    metadata["namespace"] = seldon["metadata"]["namespace"]
    metadata.setdefault("labels", {})[ID] = seldon["metadata"]["name"]
    metadata["ownerReferences"] = [
        {
            "apiVersion": seldon["apiVersion"],
            "kind": seldon["kind"],
            "name": seldon["metadata"]["name"],
            "uid": seldon["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    return made
