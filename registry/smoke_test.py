"""Whether what servers are told to serve is there, unaltered, and answers."""

from collections.abc import Sequence

from churn.errors import BundleError
from churn.scoring.keys import TrustedKeys
from churn.scoring.release import Release
from registry.champion import load_from
from registry.errors import RefusedError
from registry.event import Event, Lineage
from registry.release import release


def smoke_test(
    version: str,
    events: Sequence[Event],
    told: Release | None,
    trusted: TrustedKeys | None,
) -> None:
    """Load the live version as a server would.

    Loading verifies every hash, the signature where keys are given, and that the
    golden rows score as they did when the version was trained.

    Raises
    ------
    RefusedError
        If another version is live by now.
    BundleError
        If the release is not the ledger's, or the bundle cannot be served.
    """
    wanted = release(events[0].model, events)
    champion = wanted.champion
    if champion is None or champion.version != version:
        found = "nothing" if champion is None else f"version {champion.version}"
        raise RefusedError(f"expected version {version} to be live, found {found}")
    # Not the whole release: an approval may come while this runs.
    if told is None or told.champion != champion:
        seen = "none" if told is None else f"that of event {told.sequence}"
        raise BundleError(
            f"expected a release that serves version {version}, found {seen}; "
            "run the pipeline again, which writes it"
        )
    served = Lineage(
        bundle_uri=champion.bundle_uri, bundle_sha256=champion.bundle_sha256
    )
    load_from(served, trusted=trusted)
