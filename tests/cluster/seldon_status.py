"""What Seldon Core's operator says of Deployments, as a status. Pure."""

from tests.cluster.seldon_objects import Object, service_name


def is_ready(deployment: Object) -> bool:
    """As Seldon asks: some pods are ready, and none is missing."""
    status = deployment.get("status", {})
    return status.get("readyReplicas", 0) > 0 and not status.get("unavailableReplicas")


def has_failed(deployment: Object) -> bool:
    """Kubernetes gave up, and nothing of it serves."""
    told = deployment.get("status", {}).get("conditions", [])
    false = {one["type"] for one in told if one["status"] == "False"}
    return {"Progressing", "Available"} <= false


def status_of(
    seldon: Object, deployments: list[Object], ready: bool, failed: bool
) -> Object:
    """What the operator writes, short of what nobody reads."""
    state = "Available" if ready else "Failed" if failed else "Creating"
    gone = "Deployment is no longer progressing and not available."
    counts = {one["metadata"]["name"]: one.get("status", {}) for one in deployments}
    reason = "" if ready else "Deployment does not have minimum availability."
    deployed = {"type": "DeploymentsReady", "status": str(ready)}
    whole = {"type": "Ready", "status": str(ready)}
    services = [service_name(seldon, one) for one in seldon["spec"]["predictors"]]
    return {
        "state": state,
        "description": gone if failed else "",
        "replicas": sum(one.get("replicas", 0) for one in counts.values()),
        "deploymentStatus": {
            name: {
                "replicas": one.get("replicas", 0),
                "availableReplicas": one.get("availableReplicas", 0),
            }
            for name, one in counts.items()
        },
        "serviceStatus": {name: {"svcName": name} for name in services},
        "conditions": [deployed | {"message": reason}, whole],
    }
