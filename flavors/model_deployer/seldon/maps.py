"""ConfigMaps that pods read as files; named by content, so that pods follow them."""

import hashlib
import json
from collections.abc import Mapping

from flavors.model_deployer.seldon.recipe import Object

HASH_CHARACTERS = 8


def config_map(name: str, files: Mapping[str, str]) -> Object:
    """Files by name, with their content."""
    sha256 = hashlib.sha256(json.dumps(dict(files)).encode()).hexdigest()
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{name}-{sha256[:HASH_CHARACTERS]}"},
        "data": dict(files),
    }


def mounted(predictor: Object, held: Object, *, volume: str, folder: str) -> Object:
    """The predictor, its pods finding the files in a folder."""
    pod = predictor["componentSpecs"][0]["spec"]
    mapped = {"name": held["metadata"]["name"]}
    pod["volumes"].append({"name": volume, "configMap": mapped})
    mount = {"name": volume, "mountPath": folder, "readOnly": True}
    pod["containers"][0]["volumeMounts"].append(mount)
    return predictor
