"""The head of the ledger as what a server serves; written by nothing else."""

from collections.abc import Sequence

from churn.scoring.release import Mode, Release, Served
from registry.event import Event
from registry.state import Rollout, state
from registry.verify import Head


def release(model: str, events: Sequence[Event]) -> Release:
    """What the history tells a server; a version takes part once its rollout began."""
    head = state(events)
    running = head.rollout
    return Release(
        model=model,
        sequence=head.sequence,
        ledger_hash=head.hash,
        champion=_served(head.production),
        challenger=None if running is None else _served(running.entered),
        mode="live" if running is None else _mode(running),
        weight=0.0 if running is None else running.weight,
    )


def _mode(running: Rollout) -> Mode:
    return "canary" if running.phase == "canary" else "shadow"


def release_heads(told: Release | None) -> tuple[Head, ...]:
    """What a release saw of the ledger that it was made of."""
    if told is None:
        return ()
    return (Head(f"the release {told.model}.json", told.sequence, told.ledger_hash),)


def _served(event: Event | None) -> Served | None:
    if event is None:
        return None
    lineage = event.lineage
    return Served(event.version, lineage.bundle_uri, lineage.bundle_sha256)
