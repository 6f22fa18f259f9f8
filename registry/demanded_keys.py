"""Whose signature the bundle of a version must bear, by the version's own policy."""

from collections.abc import Iterable

from churn.errors import ConfigError
from churn.scoring.keys import TRUSTED_KEYS, TrustedKeys
from registry.event import Event

SIGNATURE_CHECK = "signature"


def demanded_keys(
    events: Iterable[Event], named: Event | None, trusted: TrustedKeys | None
) -> TrustedKeys | None:
    """The keys of which one must have signed the version that an event names.

    None where its policy has no signature check: what was made before there were
    keys stays usable after.

    Parameters
    ----------
    named : Event or None
        Any event of the version; None: there is no version.
    trusted : TrustedKeys or None
        The keys that this installation trusts.

    Raises
    ------
    ConfigError
        If its policy asks for a signature and nobody says whose is trusted.
    """
    if named is None or not _asks_for_signature(events, named.version_id):
        return None
    if trusted is None:
        raise ConfigError(
            f"the policy of version {named.version} demands a signature; name the "
            f"keys that you trust in {TRUSTED_KEYS}"
        )
    return trusted


def _asks_for_signature(events: Iterable[Event], version_id: str) -> bool:
    """Whether the policy that last decided about a version has the check."""
    policies = [
        event.evidence.get("policy", {})
        for event in events
        if event.version_id == version_id and event.kind == "decided"
    ]
    checks = policies[-1].get("checks", ()) if policies else ()
    return any(check["kind"] == SIGNATURE_CHECK for check in checks)
