"""The bundles of versions that are no longer live, for those who look back."""

from collections.abc import Callable, Sequence
from functools import cache

from churn.errors import BundleError
from churn.scoring.bundle import Bundle
from churn.scoring.keys import TrustedKeys
from registry.champion import load_from
from registry.demanded_keys import demanded_keys
from registry.errors import UnknownVersionError
from registry.event import Event
from registry.versions import find


def opener(
    events: Sequence[Event], trusted: TrustedKeys | None
) -> Callable[[str], Bundle | None]:
    """What gives the verified bundle of a version, each opened once; None if gone."""

    @cache
    def opened(version: str) -> Bundle | None:
        try:
            last = find(events, version).last
            keys = demanded_keys(events, last, trusted)
            return load_from(last.lineage, trusted=keys)
        except (UnknownVersionError, BundleError):
            return None

    return opened
