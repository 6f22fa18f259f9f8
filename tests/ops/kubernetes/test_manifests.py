"""What the overlays ask of a cluster: accepted, consistent, and no right too many."""

import re
import shutil
from copy import deepcopy
from functools import reduce

import pytest
import yaml

from cli.schedule.jobs import jobs
from cli.stacks.file import load_stack
from serving.settings import Settings, settings_of, variable_of
from tests.conftest import CHECKOUT
from tests.ops.kubernetes.built import (
    KUBERNETES,
    OVERLAYS,
    built,
    kind,
    kinds,
    kustomize,
    pods,
    refused,
    run,
)

NEWEST = "1.37"
VERSIONS = [
    NEWEST,
    *(pytest.param(v, marks=pytest.mark.long) for v in ("1.33", "1.35")),
]
HASH = re.compile(r"-[a-z0-9]{10}$")
SECRETS = {
    "holdfast-server": {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
    "holdfast-jobs": {"ZENML_STORE_API_KEY"},
}
TYPING_ERRORS = [
    ("Deployment", "spec.template.spec.containers.0.readinesProbe", {}),
    ("Deployment", "spec.template.spec.containers.0.resources.limits.cpu", [1]),
    ("Deployment", "spec.strategy.rollingUpdate.maxSurges", 1),
    ("Service", "spec.ports.0.port", "http"),
    ("HorizontalPodAutoscaler", "spec.minReplica", 2),
    ("HorizontalPodAutoscaler", "spec.metrics.0.resource.target.type", 70),
    ("PodDisruptionBudget", "spec.selector.matchLabel", {}),
    ("NetworkPolicy", "spec.egress.0.port", []),
    ("ServiceMonitor", "spec.endpoints.0.intervall", "15s"),
    ("ServiceMonitor", "spec.endpoints.0.interval", "15"),
    ("CronJob", "spec.timezone", "Etc/UTC"),
    ("CronJob", "spec.jobTemplate.spec.template.spec.restartpolicy", "Never"),
    ("ServiceAccount", "automountServiceAccountTokens", False),
    ("Role", "rules.0.verb", ["get"]),
    ("RoleBinding", "subjects.0.namespaces", ["x"]),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_taken_by_current_versions(overlay, version):
    refusals = {
        f"{one['kind']} {one['metadata']['name']}": refused(one, version)
        for one in built(overlay)
    }

    assert {name: why for name, why in refusals.items() if why} == {}


@pytest.mark.parametrize(("of", "path", "value"), TYPING_ERRORS)
def test_a_typing_error_is_found(of, path, value):
    broken = deepcopy(kinds(built("production"), of)[0])
    *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    reduce(lambda part, key: part[key], way, broken)[last] = value

    assert refused(broken, NEWEST) is not None


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("base/kustomization.yaml", "resources:", "resource:"),
        ("orchestration/kustomization.yaml", "automountServ", "nowhere/automountServ"),
    ],
)
def test_an_overlay_with_a_mistake_is_not_built(tmp_path, file, old, new):
    copy = shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))

    done = kustomize(copy / "overlays" / "production")

    assert done.returncode != 0


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_may_do_nothing_but_their_work(overlay):
    for name, template in pods(built(overlay)):
        spec = template["spec"]
        (container,) = spec["containers"]

        assert spec["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        }, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert set(container["resources"]) == {"requests", "limits"}, name
        written = {one["mountPath"] for one in container["volumeMounts"]}
        assert {"/tmp", "/var/lib/holdfast"} <= written, name  # noqa: S108 (a pod's)


def test_only_who_starts_pods_has_a_token_and_only_for_that():
    staging, production = built("staging"), built("production")
    tokens = {
        name: template["spec"]["automountServiceAccountToken"]
        for name, template in pods(production)
    }

    assert kinds(staging, "Role") == kinds(staging, "RoleBinding") == []
    assert not any(t["spec"]["automountServiceAccountToken"] for _, t in pods(staging))
    assert tokens.pop("holdfast-subscriptions") is False
    assert set(tokens.values()) == {True}
    bound = {one["name"] for one in kind(production, "RoleBinding")["subjects"]}
    mounted = {
        one["metadata"]["name"]: one["automountServiceAccountToken"]
        for one in kinds(production, "ServiceAccount")
    }
    assert bound == {"holdfast-jobs", "holdfast-orchestration"}
    # The jobs' pods mount theirs themselves; ZenML's mount what their account says.
    assert {name for name, is_mounted in mounted.items() if is_mounted} == {
        "holdfast-orchestration"
    }
    told = next(one["data"] for one in kinds(production, "ConfigMap") if _is_jobs(one))
    assert told["HOLDFAST_SERVICE_ACCOUNT"] == "holdfast-orchestration"
    assert mounted[told["HOLDFAST_STEPS_ACCOUNT"]] is False
    rights = {
        (resource, verb)
        for rule in kind(production, "Role")["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert "*" not in {part for right in rights for part in right}
    assert not {("secrets", "get"), ("secrets", "list"), ("pods", "create")} & rights


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_all_that_is_about_the_server_finds_its_pods(overlay):
    manifests = built(overlay)
    deployment, service = kind(manifests, "Deployment"), kind(manifests, "Service")
    pod = deployment["spec"]["template"]["metadata"]["labels"].items()
    policies = {p["metadata"]["name"]: p for p in kinds(manifests, "NetworkPolicy")}
    name = deployment["metadata"]["name"]
    monitor = kind(manifests, "ServiceMonitor")["spec"]

    chosen = [
        deployment["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        kind(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        policies[name]["spec"]["podSelector"]["matchLabels"],
        *(
            spread["labelSelector"]["matchLabels"]
            for spread in deployment["spec"]["template"]["spec"][
                "topologySpreadConstraints"
            ]
        ),
    ]
    assert all(labels and labels.items() <= pod for labels in chosen)
    labels = monitor["selector"]["matchLabels"].items()
    assert labels <= service["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"]
    scaled = kind(manifests, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert (scaled["kind"], scaled["name"]) == ("Deployment", name)
    # By this name the rules of Prometheus find the job.
    assert service["metadata"]["name"].startswith("holdfast-")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_job_may_ask_the_server_and_anybody_else_may_not(overlay):
    manifests = built(overlay)
    (rule,) = next(
        policy["spec"]["ingress"]
        for policy in kinds(manifests, "NetworkPolicy")
        if policy["metadata"]["name"] == "holdfast-subscriptions"
    )
    asking = [one["podSelector"]["matchLabels"] for one in rule["from"][:1]]

    assert asking == [{"holdfast/asks": "true"}]
    assert len(rule["from"]) == 2
    assert [port["port"] for port in rule["ports"]] == ["http"]
    for name, template in pods(manifests):
        labels = template["metadata"]["labels"]
        assert labels.get("holdfast/asks") == (
            None if name == "holdfast-subscriptions" else "true"
        )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_server_takes_every_variable_that_it_is_given(overlay):
    manifests = built(overlay)
    (container,) = kind(manifests, "Deployment")["spec"]["template"]["spec"][
        "containers"
    ]
    told = _told(manifests, container) | {
        one["name"]: one["value"] for one in container["env"]
    }
    known = {variable_of(name) for name in Settings.__struct_fields__}
    ours = {name for name in told if name.startswith("HOLDFAST_")}

    settings = settings_of({}, told)

    assert ours <= known
    assert str(settings.release).endswith("/releases/churn-subscriptions.json")
    assert settings.keys == "/etc/holdfast/keys/keys.json"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_jobs_run_what_the_schedule_says_at_its_times(overlay):
    manifests = built(overlay)
    planned = {
        f"holdfast-{job.name.replace('_', '-')}": (job.cron, list(job.words))
        for job in jobs(CHECKOUT, "subscriptions", "local", None, "weekly")
    }

    found = {}
    for one in kinds(manifests, "CronJob"):
        spec = one["spec"]
        (run,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        found[one["metadata"]["name"]] = (spec["schedule"], _without_stack(run["args"]))
        assert run["command"] == ["python", "run.py"]
        assert (spec["timeZone"], spec["concurrencyPolicy"]) == ("Etc/UTC", "Forbid")

    assert found == planned


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_jobs_have_all_that_their_stack_asks_for(overlay, tmp_path):
    """Of a checkout with the stack file that the pods have, and no other variable."""
    manifests = built(overlay)
    _, template = next(pods(kinds(manifests, "CronJob")))
    (container,) = template["spec"]["containers"]
    told = _told(manifests, container) | {
        one["name"]: one.get("value", "") for one in container["env"]
    }
    for folder in ("configs", "steps"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    for mount in container["volumeMounts"]:
        if stack := re.fullmatch(r"/app/(configs/stacks/.*)", mount["mountPath"]):
            text = _file(manifests, template, mount)
            (tmp_path / stack[1]).write_text(text)

    stack = load_stack(told["HOLDFAST_STACK"], root=tmp_path, environ=told)

    assert stack.model_name("subscriptions") == "churn-subscriptions"
    assert stack.components["model_deployer"].flavor == "holdfast_server"
    assert told["HOLDFAST_SERVER_KEY"] == "env:HOLDFAST_METRICS_KEY"
    # What a job asks the server by is where the server is.
    service = kind(manifests, "Service")["metadata"]["name"]
    assert told["HOLDFAST_SERVER_URL"] == f"http://{service}"


def test_the_stack_of_production_is_that_of_kubernetes_with_another_server():
    ours = KUBERNETES / "overlays" / "production" / "production.yaml"
    own = yaml.safe_load(ours.read_text())
    theirs = (CHECKOUT / "configs" / "stacks" / "kubernetes.yaml").read_text()
    other = yaml.safe_load(theirs.replace("holdfast-kubernetes", "holdfast-production"))

    deployer = own["components"].pop("model_deployer")
    other["components"].pop("model_deployer")
    own["environment"].pop("HOLDFAST_SERVER_KEY")

    assert deployer["flavor"] == "holdfast_server"
    assert own == other


def test_steps_run_in_the_image_of_the_jobs():
    for name, template in pods(kinds(built("production"), "CronJob")):
        (container,) = template["spec"]["containers"]
        told = {one["name"]: one.get("value") for one in container["env"]}

        assert told["HOLDFAST_IMAGE"] == container["image"], name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_secrets_are_named_and_never_held(overlay):
    manifests = built(overlay)
    values = [
        value
        for one in kinds(manifests, "ConfigMap")
        for value in one["data"].values()
        if "://" in value
    ]
    named = {
        source["secretRef"]["name"]
        for _, template in pods(manifests)
        for source in template["spec"]["containers"][0]["envFrom"]
        if "secretRef" in source
    }

    assert kinds(manifests, "Secret") == []
    assert named == set(SECRETS)
    assert not [value for value in values if re.search(r"://[^/]*:[^/@]*@", value)]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_changed_variable_starts_new_pods(overlay):
    maps = {one["metadata"]["name"] for one in kinds(built(overlay), "ConfigMap")}

    assert all(HASH.search(name) for name in maps)
    used = {
        source["configMapRef"]["name"]
        for _, template in pods(built(overlay))
        for source in template["spec"]["containers"][0]["envFrom"]
        if "configMapRef" in source
    }
    assert used <= maps


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_lands_beside_its_namespace_or_under_a_moving_tag(overlay):
    manifests = built(overlay)
    namespace = kind(manifests, "Namespace")["metadata"]["name"]
    inside = [one for one in manifests if one["kind"] != "Namespace"]
    images = {t["spec"]["containers"][0]["image"] for _, t in pods(manifests)}

    assert {one["metadata"]["namespace"] for one in inside} == {namespace}
    assert not [image for image in images if image.endswith(":latest")]
    assert {image.rpartition("/")[2].partition(":")[0] for image in images} == {
        "holdfast-serving",
        "holdfast-pipeline",
    }


def test_production_survives_the_loss_of_a_node():
    manifests = built("production")
    scaler = kind(manifests, "HorizontalPodAutoscaler")["spec"]
    rollout = kind(manifests, "Deployment")["spec"]["strategy"]["rollingUpdate"]

    assert scaler["minReplicas"] >= 3
    assert rollout == {"maxSurge": 1, "maxUnavailable": 0}
    assert kind(manifests, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_the_documented_way_gives_prometheus_all_rules():
    lines = (CHECKOUT / "docs" / "kubernetes.md").read_text().splitlines()
    first = next(
        n for n, line in enumerate(lines) if line.strip().startswith("{ printf")
    )
    command = "\n".join(lines[first : first + 3]).partition(" | kubectl")[0]

    done = run(["/bin/sh", "-c", command], cwd=CHECKOUT)

    rules = yaml.safe_load(done.stdout)
    own = yaml.safe_load((CHECKOUT / "ops" / "prometheus" / "rules.yaml").read_text())
    assert (rules["kind"], rules["metadata"]) == (
        "PrometheusRule",
        {"name": "holdfast"},
    )
    assert rules["spec"] == own


def _file(manifests, template, mount):
    (volume,) = [v for v in template["spec"]["volumes"] if v["name"] == mount["name"]]
    (found,) = [
        one["data"]
        for one in kinds(manifests, "ConfigMap")
        if one["metadata"]["name"] == volume["configMap"]["name"]
    ]
    return found[mount["subPath"]]


def _is_jobs(one):
    return HASH.sub("", one["metadata"]["name"]) == "holdfast-jobs"


def _told(manifests, container):
    names = {
        source["configMapRef"]["name"]
        for source in container["envFrom"]
        if "configMapRef" in source
    }
    return {
        name: value
        for one in kinds(manifests, "ConfigMap")
        if one["metadata"]["name"] in names
        for name, value in one["data"].items()
    }


def _without_stack(words):
    place = words.index("--stack")
    assert words[place + 1] == "$(HOLDFAST_STACK)"
    return words[:place] + words[place + 2 :]
