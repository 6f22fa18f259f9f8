"""A SeldonDeployment of our server, as Kubernetes takes it. Touches no cluster.

With ``split: server`` one predictor follows the release, so that shadow, canary and
rollback are the server's, as everywhere. With ``split: mesh`` each version is a
predictor of its own, told once what to serve; requests are divided by the mesh.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from churn.deployment import Deployment, DeploymentError
from churn.scoring.keys import TRUSTED_KEYS, trusted_keys
from flavors.model_deployer.seldon.maps import config_map, mounted
from flavors.model_deployer.seldon.mesh import RELEASE_FOLDER, arms, release_map
from flavors.model_deployer.seldon.pod import CONTAINER, PORT, pod
from flavors.model_deployer.seldon.recipe import Object, Recipe

GROUP, VERSION, KIND = "machinelearning.seldon.io", "v1", "SeldonDeployment"
# Seldon makes longer names of it, which have to stay within 63 characters.
MOST_CHARACTERS = 40
HASH_CHARACTERS = 8
KEYS_FOLDER = "/etc/holdfast/keys"
# Addresses of this machine.
LOCAL = ("file", "sqlite")


def manifests(deployment: Deployment, recipe: Recipe) -> list[Object]:
    """All objects of a model's server, in the order in which they are applied.

    Raises
    ------
    DeploymentError
        If a setting cannot work in Seldon, an address holds a password, or the mesh
        cannot divide requests as the release says.
    """
    _check(deployment, recipe)
    keys = _keys(deployment)
    if keys is not None:
        variables = dict(deployment.variables) | {TRUSTED_KEYS: KEYS_FOLDER}
        deployment = replace(deployment, variables=variables)
    if recipe.split == "server":
        url, share = deployment.releases_url, {"traffic": 100}
        predictors = [_predictor("server", deployment, recipe, url, share)]
        maps: list[Object] = []
    else:
        predictors, maps = _divided(deployment, recipe)
    if keys is not None:
        maps = [*maps, keys]
        for one in predictors:
            mounted(one, keys, volume="keys", folder=KEYS_FOLDER)
    # Each would hold for the pods of all: Kubernetes evicts none that two hold for.
    predictors[0]["componentSpecs"][0]["pdbSpec"] = {"maxUnavailable": 1}
    made = [*maps, _seldon_deployment(deployment.model, predictors)]
    return [_placed(one, deployment.model, recipe) for one in made]


def _keys(deployment: Deployment) -> Object | None:
    """A copy of the keys to trust, which pods cannot read where they are."""
    trusted = trusted_keys(deployment.variables)
    if trusted is None:
        return None
    return config_map(f"{name_of(deployment.model)}-keys", trusted.files())


def _divided(
    deployment: Deployment, recipe: Recipe
) -> tuple[list[Object], list[Object]]:
    """A predictor for each version, and what each is told."""
    predictors, maps = [], []
    for arm, told, share in arms(deployment):
        held = release_map(name_of(deployment.model), arm, told)
        one = _predictor(arm, deployment, recipe, RELEASE_FOLDER, share)
        predictors.append(mounted(one, held, volume="release", folder=RELEASE_FOLDER))
        maps.append(held)
    return predictors, maps


def name_of(model: str) -> str:
    """The model's name as Kubernetes takes names; different for different models."""
    plain = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")
    if plain == model and len(plain) <= MOST_CHARACTERS:
        return plain
    kept = plain[: MOST_CHARACTERS - HASH_CHARACTERS - 1].rstrip("-")
    sha256 = hashlib.sha256(model.encode()).hexdigest()
    return f"{kept or 'model'}-{sha256[:HASH_CHARACTERS]}"


def labels_of(model: str) -> dict[str, str]:
    """By which all objects of a model are found again."""
    return {
        "app.kubernetes.io/managed-by": "holdfast",
        "app.kubernetes.io/instance": name_of(model),
    }


def _check(deployment: Deployment, recipe: Recipe) -> None:
    if "keys" in recipe.options:
        raise DeploymentError(
            "components.model_deployer: options.keys names a file, which pods do not "
            "have; authenticate at the gateway"
        )
    for what, address in _fetched(deployment, recipe):
        scheme, separator, _ = address.partition("://")
        if not separator or scheme in LOCAL:
            raise DeploymentError(
                f"{what}: expected an address that pods reach, as s3://bucket/folder, "
                f"found {scheme if separator else address}"
            )
    for variable, value in deployment.variables.items():
        if "://" in value and urlsplit(value).password is not None:
            raise DeploymentError(
                f"{variable} holds a password, which a manifest must not; put it into "
                "the Kubernetes secret that components.model_deployer names as secret, "
                "and take it out of the stack's stores"
            )


def _fetched(deployment: Deployment, recipe: Recipe) -> list[tuple[str, str]]:
    """Whatever the pods read and write by themselves."""
    release = deployment.release
    versions = () if release is None else (release.champion, release.challenger)
    bundles = [("the bundle", one.bundle_uri) for one in versions if one is not None]
    followed = [("stores.release", deployment.releases_url)]
    stores = [(n, v) for n, v in deployment.variables.items() if n != TRUSTED_KEYS]
    return bundles + (followed if recipe.split == "server" else []) + stores


def _placed(made: Object, model: str, recipe: Recipe) -> Object:
    made["metadata"] |= {"namespace": recipe.namespace, "labels": labels_of(model)}
    return made


def _seldon_deployment(model: str, predictors: list[Object]) -> Object:
    name = name_of(model)
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {"name": name, "annotations": {"holdfast/model": model}},
        "spec": {
            "name": name,
            "protocol": "seldon",
            "transport": "rest",
            "predictors": predictors,
        },
    }


def _predictor(
    name: str,
    deployment: Deployment,
    recipe: Recipe,
    release: str,
    share: Mapping[str, Any],
) -> Object:
    return {
        "name": name,
        # Seldon's executor would pass on its own paths only, and neither /predict nor
        # /release, by which a pipeline sees what is served.
        "annotations": {"seldon.io/no-engine": "true"},
        "componentSpecs": [
            {
                "hpaSpec": _autoscaling(recipe),
                "spec": pod(deployment, recipe, release=release),
            }
        ],
        "graph": {
            "name": CONTAINER,
            "type": "MODEL",
            "endpoint": {"type": "REST", "httpPort": PORT},
            "children": [],
        },
        "replicas": recipe.min_replicas,
        **share,
    }


def _autoscaling(recipe: Recipe) -> Object:
    target = {"name": "cpu", "targetAverageUtilization": recipe.target_cpu_percent}
    return {
        "minReplicas": recipe.min_replicas,
        "maxReplicas": recipe.max_replicas,
        "metrics": [{"type": "Resource", "resource": target}],
    }
