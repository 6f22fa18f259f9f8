"""ZenML's stages and tags, made to agree with the ledger.

ZenML keeps neither history nor reasons and lets promoters race; it only shows
what the ledger says. Mirroring is idempotent, so whoever comes next repairs
what a killed run left half done.
"""

from collections.abc import Iterable

from zenml.client import Client
from zenml.models import ModelVersionResponse

from registry.ledger import Event
from registry.state import state

DECIDED = {"approved", "rejected"}


def mirror_stages(events: Iterable[Event]) -> tuple[str, ...]:
    """Set tags and stages as the history has them; says what was changed."""
    events = tuple(events)
    changed = [
        f"tag {event.kind} on version {event.version}"
        for event in events
        if event.kind in DECIDED and _tag(event)
    ]
    head = state(events)
    stages = {"production": head.production, "staging": head.staging}
    changed += [
        f"stage {stage} to version {event.version}"
        for stage, event in stages.items()
        if event and _set_stage(event, stage)
    ]
    return tuple(changed)


def _tag(event: Event) -> bool:
    version = find_version(event)
    if version is None or event.kind in {tag.name for tag in version.tags}:
        return False
    Client().update_model_version(event.model, version.id, add_tags=[event.kind])
    return True


def _set_stage(event: Event, stage: str) -> bool:
    version = find_version(event)
    if version is None or version.stage == stage:
        return False
    version.set_stage(stage, force=True)
    return True


def find_version(event: Event) -> ModelVersionResponse | None:
    """The version an event speaks of; None where this ZenML store lacks it."""
    try:
        return Client().get_model_version(event.model, event.version_id)
    except KeyError:
        return None
