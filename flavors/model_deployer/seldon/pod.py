"""The pod of a predictor: our server in its container."""

from churn.deployment import Deployment
from flavors.model_deployer.seldon.recipe import Object, Recipe

CONTAINER = "server"
PORT = 8080
STATE_FOLDER = "/var/lib/holdfast"
# What a server gives its open requests unless told, and what it takes besides.
DRAIN_SECONDS, STOP_SECONDS = 10, 20


def pod(deployment: Deployment, recipe: Recipe, *, release: str) -> Object:
    """A pod whose server follows `release`: a folder or a bucket."""
    drain_seconds = int(recipe.options.get("drain_seconds", DRAIN_SECONDS))
    made: Object = {
        "terminationGracePeriodSeconds": drain_seconds + STOP_SECONDS,
        "containers": [_container(deployment, recipe, release)],
        "volumes": [{"name": "state", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}],
    }
    if recipe.service_account is not None:
        made["serviceAccountName"] = recipe.service_account
    if recipe.image_pull_secret is not None:
        made["imagePullSecrets"] = [{"name": recipe.image_pull_secret}]
    return made


def _container(deployment: Deployment, recipe: Recipe, release: str) -> Object:
    container: Object = {
        "name": CONTAINER,
        "image": recipe.image,
        "args": _arguments(deployment, recipe, release),
        "env": [{"name": n, "value": v} for n, v in deployment.variables.items()],
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "resources": {"requests": dict(recipe.requests), "limits": dict(recipe.limits)},
        "startupProbe": _probe("/health/ready", period_seconds=2, failures=60),
        "readinessProbe": _probe("/health/ready", period_seconds=5, failures=3),
        "livenessProbe": _probe("/health/live", period_seconds=10, failures=6),
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
        # Not the pod's, in whose place Seldon's operator puts its own.
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
        },
        "volumeMounts": [
            {"name": "state", "mountPath": STATE_FOLDER},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 (the pod's own)
        ],
    }
    if recipe.secret is not None:
        container["envFrom"] = [{"secretRef": {"name": recipe.secret}}]
    return container


def _arguments(deployment: Deployment, recipe: Recipe, release: str) -> list[str]:
    given = {
        "release": release,
        "model": deployment.model,
        "host": "0.0.0.0",  # noqa: S104 (within a pod)
        "port": str(PORT),
        "state": STATE_FOLDER,
        **recipe.options,
    }
    return [part for n, v in given.items() for part in (f"--{_dashed(n)}", v)]


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _probe(path: str, *, period_seconds: int, failures: int) -> Object:
    return {
        "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
        "periodSeconds": period_seconds,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }
