"""What the events of a version say of it, as the core's own records."""

import msgspec

from churn.evaluation.scorecard import Estimate
from churn.gates.decision import Decision
from registry.event import Event
from registry.versions import Version


def figures(version: Version) -> dict[str, Estimate]:
    """Its measurements on its own test rows; none where it was never measured."""
    found = version.evidence("evaluated").get("figures", {})
    return msgspec.convert(found, dict[str, Estimate])


def decision(event: Event | None) -> Decision | None:
    """The decision that an event rests on; None where it rests on none."""
    found = event.evidence.get("decision") if event else None
    return None if found is None else msgspec.convert(found, Decision)


def is_override(event: Event) -> bool:
    """Whether the event skipped the rollout."""
    return bool(event.evidence.get("override"))


def tags(version: Version) -> tuple[str, ...]:
    """Words to find it by: decision, policy, kind of model, override."""
    found = [str(version.evidence("registered").get("kind", ""))]
    decided = decision(version.event("decided"))
    if decided is not None:
        found += ["approved" if decided.approved else "rejected", decided.policy]
    if any(map(is_override, version.events)):
        found.append("override")
    return tuple(tag for tag in found if tag)
