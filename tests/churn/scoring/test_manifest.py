import json

import pytest

from churn.errors import BundleError
from churn.scoring.manifest import FORMAT_VERSION, identity, read_manifest
from tests.churn.scoring.test_bundle import made, resealed


def test_a_newer_format_is_refused_by_its_number() -> None:
    newer = resealed(made(), format_version=FORMAT_VERSION + 1)

    with pytest.raises(BundleError, match=f"found {FORMAT_VERSION + 1}; upgrade"):
        read_manifest(newer)


@pytest.mark.parametrize("version", [0, -1, "1", None, True, 1.5])
def test_what_is_no_format_version_is_refused(version: object) -> None:
    with pytest.raises(BundleError, match="expected a format_version"):
        read_manifest(resealed(made(), format_version=version))


@pytest.mark.parametrize("name", ["model.onnx", "booster.ubj", "golden.json"])
def test_a_missing_file_is_refused(name: str) -> None:
    files = {k: v for k, v in made().items() if k != name}

    with pytest.raises(BundleError, match="expected"):
        read_manifest(files)
    with pytest.raises(BundleError, match="expected"):
        read_manifest(resealed(files))


@pytest.mark.parametrize(
    "name", ["linear.json", "model.pkl", "../model.onnx", "a/b", ""]
)
def test_a_file_too_many_is_refused_even_if_the_manifest_lists_it(name: str) -> None:
    with pytest.raises(BundleError, match="expected the files"):
        read_manifest(made() | {name: b""})
    with pytest.raises(BundleError, match="and one of"):
        read_manifest(resealed(made() | {name: b""}))


def test_a_manifest_cannot_list_itself() -> None:
    manifest = json.loads(made()["manifest.json"])
    manifest["files"]["manifest.json"] = {"sha256": "", "size": 0}

    with pytest.raises(BundleError, match="expected the files"):
        read_manifest(made() | {"manifest.json": json.dumps(manifest).encode()})


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b'{"format_version": 1}']
)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json"):
        read_manifest(made() | {"manifest.json": content})


def test_a_folder_without_a_manifest_is_no_bundle() -> None:
    with pytest.raises(BundleError, match="not a bundle"):
        read_manifest({"model.onnx": b""})


def test_identity_leaves_out_named_fields_alone() -> None:
    manifest = json.loads(made()["manifest.json"])
    moved = json.loads(made()["manifest.json"])
    moved["lineage"]["run"] = "another"
    changed = manifest | {"economics": {"offer_eur": 11}}

    assert identity(moved) == identity(manifest)
    assert identity(changed) != identity(manifest)
