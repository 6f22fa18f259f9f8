"""The manifest of a bundle: which files there are, and whether they are the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from churn.errors import BundleError

FORMAT_VERSION = 3
"""2 says how inputs are treated and what a customer is usually worth; 3 who churned
by score, in the profiles."""

MANIFEST = "manifest.json"
GRAPH = "model.onnx"
GOLDEN = "golden.json"
PROFILES = "profiles.json"
SIGNATURE = "signature.json"
BOOSTER = "booster.ubj"
LINEAR = "linear.json"
REQUIRED = frozenset({MANIFEST, GRAPH, GOLDEN, PROFILES})
REASONS = frozenset({BOOSTER, LINEAR})
"""Exactly one of these, as the kind of model has it."""


def read_manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Parse the manifest and check its format, then every file against it.

    Raises
    ------
    BundleError
        If the format is newer, or a file is missing, added or altered.
    """
    if MANIFEST not in files:
        raise BundleError(f"expected {MANIFEST}, found {sorted(files)}; not a bundle")
    manifest = parse_json(MANIFEST, files)
    _check_format(manifest)
    _check_names(manifest, files)
    for name, expected in manifest["files"].items():
        _check_content(name, expected, files[name])
    return manifest


def parse_json(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """A file's JSON object.

    Raises
    ------
    BundleError
    """
    try:
        parsed = json.loads(files[name])
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{name}: expected JSON, found {error}") from error
    if not isinstance(parsed, dict):
        raise BundleError(f"{name}: expected an object, found {type(parsed).__name__}")
    return parsed


def identity(manifest: Mapping[str, Any]) -> str:
    """sha256 over the manifest, which holds all file hashes, without named fields."""
    kept = fixed_fields(manifest)
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def fixed_fields(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest without the fields it names as free to differ; a copy."""
    kept: dict[str, Any] = json.loads(json.dumps(manifest))
    for path in manifest["named_fields"]:
        *parents, last = path.split(".")
        holder = kept
        for parent in parents:
            holder = holder[parent]
        holder.pop(last, None)
    return kept


def _check_format(manifest: Mapping[str, Any]) -> None:
    found = manifest.get("format_version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise BundleError(f"{MANIFEST}: expected a format_version, found {found!r}")
    if found > FORMAT_VERSION:
        raise BundleError(
            f"{MANIFEST}: expected format_version {FORMAT_VERSION} or older, found "
            f"{found}; upgrade Holdfast to read this bundle"
        )


def _check_names(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        raise BundleError(f"{MANIFEST}: expected a list of files, found {listed!r}")
    names, found = {*listed, MANIFEST}, set(files) - {SIGNATURE}
    if MANIFEST in listed or names != found:
        raise BundleError(
            f"{MANIFEST}: expected the files {sorted(names)}, found {sorted(files)}"
        )
    if REQUIRED - names or len(names - REQUIRED) != 1 or not names & REASONS:
        raise BundleError(
            f"expected {sorted(REQUIRED)} and one of {sorted(REASONS)}, found "
            f"{sorted(names)}"
        )


def _check_content(name: str, expected: Any, content: bytes) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    if expected != {"sha256": sha256, "size": len(content)}:
        raise BundleError(
            f"{name}: found sha256 {sha256[:12]} of {len(content)} bytes, which is not "
            "what the manifest says; the file was altered, restore it"
        )
