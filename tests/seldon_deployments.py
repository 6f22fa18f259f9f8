"""Deployments and recipes for Seldon, and the strict schemas they have to pass."""

import json
import os
from copy import deepcopy
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from churn.deployment import Deployment
from churn.scoring.release import Release, Served
from flavors.model_deployer.seldon.recipe import Recipe

HERE = Path(__file__).resolve()
SCHEMA = HERE.parent / "flavors/model_deployer/seldon/manifest.schema.json"
# The definition that Seldon installs in a cluster (v1.17.1), where somebody has it.
CRD = Path(
    os.environ.get("HOLDFAST_SELDON_CRD", "")
    or HERE.parents[2] / "shared/cluster/seldondeployment-crd.json"
)
MODEL = "churn-telco"
CHAMPION = Served("3", "s3://artifacts/bundle/3", "ab" * 32)
CHALLENGER = Served("4", "s3://artifacts/bundle/4", "cd" * 32)
VARIABLES = {"HOLDFAST_ONLINE_URL": "redis://redis:6379/0"}


def release(mode="live", weight=0.0):
    """A release whose challenger takes part in this way."""
    challenger = None if mode == "live" else CHALLENGER
    return Release(MODEL, 9, "hash", CHAMPION, challenger, mode, weight)


def deployment(told=None, *, url="s3://models/releases", variables=VARIABLES):
    """A deployment of a release; of one with a champion alone, unless told."""
    return Deployment(MODEL, url, told or release(), variables)


def recipe(**changes):
    """Settings as a team might have them."""
    settings = {
        "image": "registry.example.com/holdfast-serving:1.0",
        "namespace": "models",
        "split": "server",
        "secret": "object-store",
        "service_account": "serving",
        "image_pull_secret": "registry",
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "1", "memory": "1Gi"},
        "min_replicas": 2,
        "max_replicas": 4,
        "target_cpu_percent": 70,
        "options": {"workers": "2"},
    }
    return Recipe(**settings | changes)


def check(manifest):
    """Hold a SeldonDeployment against our own schema, and against Seldon's if here."""
    our_schema().validate(manifest)
    if CRD.exists():
        strict_crd().validate(manifest)


def need_crd():
    """Skip where Seldon's definition is not at hand."""
    if not CRD.exists():
        pytest.skip(f"no SeldonDeployment definition at {CRD}")


@cache
def our_schema():
    """What our manifests use, written by hand."""
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


@cache
def strict_crd():
    """Seldon's schema; unlike a cluster it refuses what it does not know."""
    crd = json.loads(CRD.read_text())
    (version,) = [v for v in crd["spec"]["versions"] if v["name"] == "v1"]
    schema = deepcopy(version["schema"]["openAPIV3Schema"])
    # The definition leaves these to Kubernetes itself.
    schema["properties"]["metadata"] = {"type": "object"}
    _close(schema)
    return jsonschema.Draft202012Validator(schema)


def _close(schema):
    if not isinstance(schema, dict):
        return
    if schema.pop("x-kubernetes-int-or-string", False):
        schema.pop("pattern", None)
    if "properties" in schema and "additionalProperties" not in schema:
        schema["additionalProperties"] = False
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.pop("additionalProperties", None)
    for part in schema.get("properties", {}).values():
        _close(part)
    _close(schema.get("items"))
    _close(schema.get("additionalProperties"))
