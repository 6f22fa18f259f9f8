"""What a training left in the artifact store: bundles, evidence, test rows.

A folder on this machine is read as such; only an address elsewhere needs ZenML.
"""

import os
from pathlib import Path

from churn.errors import BundleError, ConfigError, HoldfastError
from churn.scoring.bundle import Bundle, load_bundle
from churn.scoring.keys import TRUSTED_KEYS, TrustedKeys, trusted_keys
from cli.models.place import Place
from registry.event import Lineage
from registry.versions import Version


class ArtifactGoneError(HoldfastError):
    """What the ledger points to is not there any more."""


def read_folder(place: Place, uri: str) -> dict[str, bytes]:
    """The content of each file at an address, by name.

    Raises
    ------
    ArtifactGoneError
        If there is no such folder.
    """
    try:
        if "://" in uri:
            return _read_remote(place, uri)
        return {path.name: path.read_bytes() for path in sorted(Path(uri).iterdir())}
    except OSError as error:
        raise ArtifactGoneError(
            f"cannot read {uri}: {error.strerror or error}; restore it from a copy"
        ) from None


def read_bundle(
    place: Place, lineage: Lineage, *, trusted: TrustedKeys | None
) -> Bundle:
    """The bundle of a version: as the ledger knows it, and answering as when trained.

    Parameters
    ----------
    trusted : TrustedKeys or None
        Where given, one of these keys must have signed it.

    Raises
    ------
    BundleError, ArtifactGoneError
    """
    bundle = load_bundle(read_folder(place, lineage.bundle_uri), trusted=trusted)
    if bundle.bundle_sha256 != lineage.bundle_sha256:
        raise BundleError(
            f"{lineage.bundle_uri}: expected the bundle {lineage.bundle_sha256[:12]} "
            f"that the ledger knows, found {bundle.bundle_sha256[:12]}; restore it"
        )
    return bundle


def demanded_keys(version: Version) -> TrustedKeys | None:
    """The keys of which one must have signed the version; None where none is asked.

    Raises
    ------
    ConfigError
        If its policy asks for a signature and nobody says whose is trusted.
    """
    trusted = trusted_keys(os.environ)
    checks = version.evidence("decided").get("policy", {}).get("checks", ())
    if trusted is None and any(check["kind"] == "signature" for check in checks):
        raise ConfigError(
            f"the policy of version {version.version} demands a signature; name the "
            f"keys that you trust in {TRUSTED_KEYS}"
        )
    return trusted


def _read_remote(place: Place, uri: str) -> dict[str, bytes]:
    """Read through the stack's artifact store, which alone knows how."""
    from zenml.client import Client
    from zenml.io import fileio

    from cli.stacks import apply_stack

    apply_stack(place.stack, root=place.root)
    _ = Client().active_stack.artifact_store
    files = {}
    for name in sorted(map(str, fileio.listdir(uri))):
        with fileio.open(f"{uri}/{name}", "rb") as file:
            files[name] = bytes(file.read())
    return files
