"""What a training left in the artifact store: bundles, evidence, rows.

A folder on this machine is read as such; only an address elsewhere needs ZenML.
"""

import io
from pathlib import Path

import polars as pl

from churn.content import content_hash
from churn.errors import HoldfastError
from churn.scoring.bundle import Bundle
from churn.scoring.keys import TrustedKeys
from churn.splits import Split
from cli.models.place import Place
from registry.bundles import bundle_of
from registry.event import Lineage
from registry.versions import Version


class ArtifactGoneError(HoldfastError):
    """What the ledger points to is not there any more."""


def read_folder(place: Place, uri: str) -> dict[str, bytes]:
    """The content of each file at an address, by name.

    Raises
    ------
    ArtifactGoneError
        If there is no such folder, or no address.
    """
    if not uri:
        # An empty path would be the folder that the command was called in.
        raise ArtifactGoneError(
            "the ledger has no address of it: the run did not get that far; train again"
        )
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
    files = read_folder(place, lineage.bundle_uri)
    return bundle_of(lineage, files, trusted=trusted)


def read_split(place: Place, version: Version) -> Split:
    """The rows that a version was made of, found unaltered.

    Raises
    ------
    ArtifactGoneError
        If they are gone, or are not those of the version's lineage.
    """
    uri = version.evidence("registered").get("split_uri", "")
    files = read_folder(place, uri)
    expected, found = version.lineage.data_sha256, content_hash(files)
    if found != expected:
        raise ArtifactGoneError(
            f"the rows of version {version.version} were altered: expected sha256 "
            f"{expected[:12]} in {uri}, found {found[:12]}; restore them from a copy"
        )
    return Split(
        **{
            name.removesuffix(".parquet"): pl.read_parquet(io.BytesIO(content))
            for name, content in files.items()
        }
    )


def _read_remote(place: Place, uri: str) -> dict[str, bytes]:
    """Read through the stack's artifact store, which alone knows how."""
    from zenml.client import Client

    from cli.stacks.apply import apply_stack
    from registry.artifacts import files_at

    apply_stack(place.stack, root=place.root)
    _ = Client().active_stack.artifact_store
    return files_at(uri)
