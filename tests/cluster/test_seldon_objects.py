"""What the emulated operator makes, held against Kubernetes' own schemas."""

import kubernetes_validate
import pytest

from flavors.model_deployer.seldon.manifest import manifests
from tests.cluster.seldon_objects import UnknownPartError, objects_of
from tests.cluster.seldon_status import has_failed, is_ready
from tests.seldon_deployments import deployment, recipe, release

AVAILABLE = {"type": "Available", "status": "True"}
UNAVAILABLE = {"type": "Available", "status": "False"}
STUCK = {"type": "Progressing", "status": "False"}
VERSIONS = {"scaling": "autoscaling/v2", "policy": "policy/v1"}


def _seldon(split="mesh"):
    *_, made = manifests(deployment(release("canary", 0.1)), recipe(split=split))
    made["metadata"]["uid"] = "0"
    return made


@pytest.mark.parametrize("split", ["server", "mesh"])
def test_every_object_is_one_that_kubernetes_knows(split):
    made = objects_of(_seldon(split), **VERSIONS)

    for one in made:
        kubernetes_validate.validate(one, "1.30", strict=True)
    kinds = [one["kind"] for one in made]
    per_predictor = ["Deployment", "Service", "Service", "HorizontalPodAutoscaler"]
    first = [*per_predictor, "PodDisruptionBudget"]
    assert kinds == (first if split == "server" else first + per_predictor)


def test_each_service_finds_the_pods_of_its_own_predictor_alone():
    made = objects_of(_seldon(), **VERSIONS)

    found = {
        one["metadata"]["name"]: [
            pods["metadata"]["name"]
            for pods in made
            if pods["kind"] == "Deployment"
            and one["spec"]["selector"].items()
            <= pods["spec"]["template"]["metadata"]["labels"].items()
        ]
        for one in made
        if one["kind"] == "Service"
    }

    champion, challenger = (
        [f"churn-telco-{name}-0-server"] for name in ("champion", "challenger")
    )
    assert found == {
        "churn-telco-champion": champion,
        "churn-telco-champion-server": champion,
        "churn-telco-challenger": challenger,
        "churn-telco-challenger-server": challenger,
    }


def test_pods_run_as_the_user_of_seldons_chart_with_what_the_manifest_says():
    deployed, *_ = objects_of(_seldon(), **VERSIONS)

    pod = deployed["spec"]["template"]["spec"]
    (server,) = pod["containers"]
    assert pod["securityContext"] == {"runAsUser": 8888}
    assert server["securityContext"]["runAsNonRoot"] is True
    assert server["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert {"name": "SELDON_DEPLOYMENT_ID", "value": "churn-telco"} in server["env"]


@pytest.mark.parametrize(
    ("part", "value"),
    [("annotations", {}), ("graph", {"implementation": "XGBOOST_SERVER"})],
)
def test_what_is_not_emulated_is_refused(part, value):
    seldon = _seldon()
    seldon["spec"]["predictors"][0][part] = value

    with pytest.raises(UnknownPartError):
        objects_of(seldon, **VERSIONS)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({}, (False, False)),
        ({"readyReplicas": 2, "replicas": 2}, (True, False)),
        ({"readyReplicas": 2, "unavailableReplicas": 1}, (False, False)),
        ({"conditions": [AVAILABLE, STUCK]}, (False, False)),
        ({"conditions": [UNAVAILABLE, STUCK]}, (False, True)),
    ],
)
def test_a_deployment_is_ready_or_has_failed_by_what_seldon_asks_of_it(status, told):
    deployed = {"status": status}

    assert (is_ready(deployed), has_failed(deployed)) == told
