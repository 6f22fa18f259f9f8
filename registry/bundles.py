"""The files of a bundle, held against what the ledger knows of it."""

from collections.abc import Mapping

from churn.errors import BundleError
from churn.scoring.bundle import Bundle, load_bundle
from churn.scoring.keys import TrustedKeys
from registry.event import Lineage


def bundle_of(
    lineage: Lineage, files: Mapping[str, bytes], *, trusted: TrustedKeys | None
) -> Bundle:
    """The bundle in these files: the version's own, and answering as when trained.

    Parameters
    ----------
    trusted : TrustedKeys or None
        Where given, one of these keys must have signed it.

    Raises
    ------
    BundleError
    """
    try:
        bundle = load_bundle(files, trusted=trusted)
    except BundleError as error:
        raise BundleError(f"the bundle in {lineage.bundle_uri}: {error}") from error
    if bundle.bundle_sha256 != lineage.bundle_sha256:
        raise BundleError(
            f"{lineage.bundle_uri}: expected the bundle {lineage.bundle_sha256[:12]} "
            f"that the ledger knows, found {bundle.bundle_sha256[:12]}; restore it"
        )
    return bundle
