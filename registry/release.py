"""The head of the ledger as what a server serves; written by nothing else."""

from collections.abc import Sequence

from churn.scoring.release import Release, Served
from registry.event import Event
from registry.state import state
from registry.verify import Head


def release(model: str, events: Sequence[Event]) -> Release:
    """What the history tells a server; until a rollout moves it, staging is shadow."""
    head = state(events)
    challenger = _served(head.staging)
    return Release(
        model=model,
        sequence=head.sequence,
        ledger_hash=head.hash,
        champion=_served(head.production),
        challenger=challenger,
        mode="live" if challenger is None else "shadow",
        weight=0.0,
    )


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
