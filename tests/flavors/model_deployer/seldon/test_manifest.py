import json
import re

import jsonschema
import pytest

from churn.deployment import Deployment, DeploymentError
from churn.scoring.keys import key_pair, trusted_keys
from flavors.model_deployer.seldon.manifest import labels_of, manifests, name_of
from storage.release import parsed
from tests.seldon_deployments import (
    CHALLENGER,
    CHAMPION,
    MODEL,
    check,
    deployment,
    need_crd,
    recipe,
    release,
    strict_crd,
)

SHADOW, CANARY = release("shadow"), release("canary", 0.1)


def _spec(made):
    return made[-1]["spec"]


def _container(predictor):
    return predictor["componentSpecs"][0]["spec"]["containers"][0]


@pytest.mark.parametrize("told", [release(), SHADOW, CANARY])
@pytest.mark.parametrize("split", ["server", "mesh"])
@pytest.mark.parametrize("secret", [None, "object-store"])
def test_every_manifest_passes_both_schemas(told, split, secret):
    made = manifests(deployment(told), recipe(split=split, secret=secret))

    check(made[-1])


def test_seldons_own_schema_refuses_a_typing_error():
    need_crd()
    (made,) = manifests(deployment(), recipe())
    made["spec"]["predictors"][0]["trafic"] = 100

    with pytest.raises(jsonschema.ValidationError, match="trafic"):
        strict_crd().validate(made)


def test_the_server_follows_the_release_so_one_predictor_is_enough_for_a_canary():
    live, canary = (
        manifests(deployment(told), recipe()) for told in (release(), CANARY)
    )

    (predictor,) = _spec(live)["predictors"]
    arguments = _container(predictor)["args"]
    assert live == canary, "a rollout changes no manifest"
    assert predictor["traffic"] == 100
    assert arguments[:4] == ["--release", "s3://models/releases", "--model", MODEL]
    assert arguments[-2:] == ["--workers", "2"]


def test_the_graph_names_the_container_and_its_port():
    (predictor,) = _spec(manifests(deployment(), recipe()))["predictors"]
    container, graph = _container(predictor), predictor["graph"]

    (port,) = container["ports"]
    assert graph["name"] == container["name"]
    assert graph["endpoint"]["httpPort"] == port["containerPort"]
    assert container["args"][container["args"].index("--port") + 1] == "8080"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert _spec(manifests(deployment(), recipe()))["protocol"] == "seldon"


def test_resources_are_those_of_the_server_and_not_of_seldons_sidecar():
    (predictor,) = _spec(manifests(deployment(), recipe()))["predictors"]

    assert _container(predictor)["resources"] == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "1", "memory": "1Gi"},
    }
    assert "engineResources" not in predictor


def test_the_mesh_gets_whole_percents_that_sum_to_a_hundred():
    made = manifests(deployment(CANARY), recipe(split="mesh"))

    shares = {p["name"]: p["traffic"] for p in _spec(made)["predictors"]}
    assert shares == {"champion": 90, "challenger": 10}


def test_the_mesh_mirrors_to_a_shadow_that_answers_nobody():
    made = manifests(deployment(SHADOW), recipe(split="mesh"))

    champion, challenger = _spec(made)["predictors"]
    assert (champion["traffic"], champion.get("shadow")) == (100, None)
    assert challenger["shadow"] is True


def test_each_predictor_of_the_mesh_is_told_the_one_version_it_serves():
    *maps, deployed = manifests(deployment(CANARY), recipe(split="mesh"))

    served = []
    for predictor, held in zip(deployed["spec"]["predictors"], maps, strict=True):
        (document,) = held["data"].values()
        told = parsed(document.encode(), where="the manifest")
        served.append((predictor["name"], told.champion))
        assert (told.challenger, told.mode, told.weight) == (None, "live", 0.0)
        volumes = predictor["componentSpecs"][0]["spec"]["volumes"]
        assert {"name": held["metadata"]["name"]} in [
            v.get("configMap") for v in volumes
        ]
    assert served == [("champion", CHAMPION), ("challenger", CHALLENGER)]


def test_another_version_is_another_object_so_that_pods_are_made_anew():
    before = manifests(deployment(), recipe(split="mesh"))[0]
    after = manifests(deployment(CANARY), recipe(split="mesh"))[1]

    assert before["metadata"]["name"] != after["metadata"]["name"]
    assert before["data"] != after["data"]


@pytest.mark.parametrize("weight", [0.125, 0.001, 1.0])
def test_a_weight_that_the_mesh_cannot_divide_is_refused(weight):
    told = release("canary", weight)

    with pytest.raises(DeploymentError, match=f"whole percents, found .* {weight:g}"):
        manifests(deployment(told), recipe(split="mesh"))


def test_the_mesh_needs_a_release_to_divide():
    unknown = Deployment(MODEL, "s3://r", None, {})

    with pytest.raises(DeploymentError, match="needs a release with a champion"):
        manifests(unknown, recipe(split="mesh"))


def test_a_password_never_reaches_a_manifest():
    variables = {"HOLDFAST_ONLINE_URL": "redis://:secret@redis/0"}

    with pytest.raises(DeploymentError, match="HOLDFAST_ONLINE_URL") as refused:
        manifests(deployment(variables=variables), recipe())
    assert "secret@" not in str(refused.value)


def test_what_pods_cannot_reach_is_refused():
    with pytest.raises(DeploymentError, match=r"stores\.release: expected an address"):
        manifests(deployment(url="/home/me/releases"), recipe())


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("HOLDFAST_PREDICTIONS_URL", "/home/me/predictions"),
        ("HOLDFAST_PREDICTIONS_URL", "file:///home/me/predictions"),
        ("HOLDFAST_ONLINE_URL", "sqlite:////home/me/online.db"),
    ],
)
def test_a_store_of_this_machine_is_refused(variable, address):
    with pytest.raises(DeploymentError, match=f"{variable}: expected an address"):
        manifests(deployment(variables={variable: address}), recipe())


@pytest.mark.parametrize("split", ["server", "mesh"])
def test_pods_get_copies_of_the_keys_they_trust(tmp_path, split):
    _, public = key_pair()
    (tmp_path / "team.pub.pem").write_bytes(public)
    variables = {"HOLDFAST_TRUSTED_KEYS": str(tmp_path)}

    *maps, made = manifests(
        deployment(CANARY, variables=variables), recipe(split=split)
    )

    check(made)
    told = trusted_keys(variables).keys
    (held,) = [one for one in maps if one["metadata"]["name"].startswith(f"{MODEL}-k")]
    assert held["data"] == {f"{name}.pub.pem": public.decode() for name in told}
    for predictor in made["spec"]["predictors"]:
        container = _container(predictor)
        (env,) = container["env"]
        (mount,) = [m for m in container["volumeMounts"] if m["name"] == "keys"]
        assert env == {"name": "HOLDFAST_TRUSTED_KEYS", "value": mount["mountPath"]}
        volumes = predictor["componentSpecs"][0]["spec"]["volumes"]
        mapped = {"name": held["metadata"]["name"]}
        assert {"name": "keys", "configMap": mapped} in volumes


def test_one_disruption_budget_holds_for_the_pods_of_all_predictors():
    made = manifests(deployment(CANARY), recipe(split="mesh"))

    budgets = [p["componentSpecs"][0].get("pdbSpec") for p in _spec(made)["predictors"]]
    assert budgets == [{"maxUnavailable": 1}, None]


@pytest.mark.parametrize("split", ["server", "mesh"])
def test_every_path_of_the_server_is_reached_without_seldons_executor(split):
    made = manifests(deployment(CANARY), recipe(split=split))

    for predictor in _spec(made)["predictors"]:
        assert predictor["annotations"] == {"seldon.io/no-engine": "true"}


def test_a_pod_is_left_the_time_that_its_server_gives_open_requests():
    (predictor,) = _spec(
        manifests(deployment(), recipe(options={"drain_seconds": "60"}))
    )["predictors"]

    pod = predictor["componentSpecs"][0]["spec"]
    assert pod["terminationGracePeriodSeconds"] > 60


def test_containers_may_not_run_as_root():
    (predictor,) = _spec(manifests(deployment(), recipe()))["predictors"]

    assert _container(predictor)["securityContext"]["runAsNonRoot"] is True


def test_a_file_of_api_keys_is_refused_since_pods_have_none():
    with pytest.raises(DeploymentError, match="authenticate at the gateway"):
        manifests(deployment(), recipe(options={"keys": "keys.json"}))


@pytest.mark.parametrize(
    "model", ["churn-telco", "Churn_Telco", "churn-" + "x" * 60, "ü", "churn--telco"]
)
def test_names_are_those_of_kubernetes(model):
    name = name_of(model)

    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", name)
    assert all(len(value) <= 63 for value in labels_of(model).values())


def test_different_models_have_different_names():
    models = ["churn-telco", "churn_telco", "Churn-telco", "churn-" + "x" * 60]
    models.append(models[-1] + "y")

    assert len({name_of(model) for model in models}) == len(models)
    assert name_of("churn-telco") == "churn-telco"


def test_manifests_are_the_same_bytes_every_time():
    first, second = (
        json.dumps(manifests(deployment(CANARY), recipe(split="mesh")))
        for _ in range(2)
    )

    assert first == second
