"""Champion and challenger as predictors of their own, for a mesh that divides requests.

Each is told once what to serve, by a file in its pods.
"""

import json
from dataclasses import replace

import msgspec

from churn.deployment import Deployment, DeploymentError
from churn.scoring.release import Release, Served
from flavors.model_deployer.seldon.maps import config_map
from flavors.model_deployer.seldon.recipe import Object

# As the server reads it.
RELEASE_FORMAT = 1
RELEASE_FOLDER = "/etc/holdfast/releases"


def arms(deployment: Deployment) -> list[tuple[str, Release, Object]]:
    """Each predictor's name, what it is told to serve, and its share of requests."""
    release = deployment.release
    if release is None or release.champion is None:
        raise DeploymentError(
            "split: mesh needs a release with a champion, which only the deployment "
            "pipeline knows; run it"
        )
    champion, challenger = release.champion, release.challenger
    if challenger is None:
        return [("champion", _only(release, champion), {"traffic": 100})]
    if release.mode == "shadow":
        share: Object = {"traffic": 100, "shadow": True}
        rest = 100
    else:
        share = {"traffic": _percent(release.weight)}
        rest = 100 - share["traffic"]
    return [
        ("champion", _only(release, champion), {"traffic": rest}),
        ("challenger", _only(release, challenger), share),
    ]


def _only(release: Release, version: Served) -> Release:
    return replace(release, champion=version, challenger=None, mode="live", weight=0.0)


def _percent(weight: float) -> int:
    percent = round(weight * 100)
    if not 0 < percent < 100 or abs(percent - weight * 100) > 1e-9:  # noqa: PLR2004
        raise DeploymentError(
            f"split: mesh divides requests by whole percents, found a weight of "
            f"{weight:g}; change the rollout's weight or use split: server"
        )
    return percent


def release_map(name: str, arm: str, told: Release) -> Object:
    """What a predictor is to serve."""
    document = {"format_version": RELEASE_FORMAT} | msgspec.to_builtins(told)
    text = json.dumps(document, indent=2)
    return config_map(f"{name}-{arm}", {f"{told.model}.json": text})
