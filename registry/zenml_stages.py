"""ZenML's stages and tags, made to agree with the ledger.

ZenML keeps neither history nor reasons and lets promoters race; it only shows
what the ledger says. Mirroring is idempotent, so whoever comes next repairs
what a killed run left half done. What was mirrored up to which event is written
last, as metadata of that event's version.
"""

from collections.abc import Iterable

from zenml.client import Client
from zenml.enums import MetadataResourceTypes
from zenml.models import ModelVersionResponse, RunMetadataResource
from zenml.utils.pagination_utils import depaginate

from registry.event import Event
from registry.state import State, state
from registry.verify import Head

LEDGER = "ledger"
WHERE = "ZenML"


def mirror_stages(events: Iterable[Event]) -> tuple[str, ...]:
    """Set tags and stages as the history has them; says what was changed."""
    events = tuple(events)
    if not events:
        return ()
    head, last = state(events), events[-1]
    seen = zenml_heads(last.model)
    done = max((each.sequence for each in seen), default=0)
    if done > head.sequence:
        return ()  # another run has told it more
    changed = [*_tags(e for e in events if e.sequence > done)]
    changed += _stages(last.model, head)
    if done < head.sequence:
        before = state(event for event in events if event.sequence <= done)
        changed += _archive(last.model, _put_away(head) - _put_away(before))
        _remember(last)
    return tuple(changed)


def zenml_heads(model: str) -> tuple[Head, ...]:
    """What ZenML saw of the ledger, by version."""
    try:
        pages = depaginate(Client().list_model_versions, model=model, hydrate=True)
    except KeyError:
        return ()
    return tuple(seen for seen in map(_seen, pages) if seen is not None)


def find_version(event: Event) -> ModelVersionResponse | None:
    """The version an event speaks of; None where this ZenML store lacks it."""
    return _version(event.model, event.version_id)


def _version(model: str, name: str) -> ModelVersionResponse | None:
    """A version by its id, or by the stage it holds."""
    try:
        return Client().get_model_version(model, name)
    except KeyError:
        return None


def _seen(version: ModelVersionResponse) -> Head | None:
    """The head of the ledger that a version's metadata remembers."""
    found = version.run_metadata.get(LEDGER)
    if not isinstance(found, dict) or not {"sequence", "hash"} <= set(found):
        return None
    return Head(WHERE, int(found["sequence"]), str(found["hash"]))


def _remember(head: Event) -> None:
    version = find_version(head)
    if version is None:
        return
    Client().create_run_metadata(
        {LEDGER: {"sequence": head.sequence, "hash": head.hash}},
        resources=[
            RunMetadataResource(id=version.id, type=MetadataResourceTypes.MODEL_VERSION)
        ],
    )


def _tags(events: Iterable[Event]) -> list[str]:
    changed = []
    for event in events:
        if event.kind != "decided":
            continue
        tag = "approved" if event.evidence["decision"]["approved"] else "rejected"
        version = find_version(event)
        if version and tag not in {known.name for known in version.tags}:
            Client().update_model_version(event.model, version.id, add_tags=[tag])
            changed.append(f"tag {tag} on version {event.version}")
    return changed


def _stages(model: str, head: State) -> list[str]:
    changed = []
    for stage, event in (("production", head.production), ("staging", head.staging)):
        holder = _version(model, stage)
        wanted = find_version(event) if event else None
        if wanted and (holder is None or holder.id != wanted.id):
            # Whoever held the stage is archived by this.
            wanted.set_stage(stage, force=True)
            changed.append(f"stage {stage} to version {wanted.number}")
        elif event is None and holder is not None:
            holder.set_stage("none", force=True)
            changed.append(f"stage {stage} from version {holder.number}")
    return changed + _kept_waiting(head)


def _kept_waiting(head: State) -> list[str]:
    """Who had to make room in staging waits, and was archived by ZenML."""
    waiting = find_version(head.waiting) if head.waiting else None
    if waiting is None or waiting.stage != "archived":
        return []
    waiting.set_stage("none", force=True)
    return [f"stage archived from version {waiting.number}"]


def _put_away(head: State) -> frozenset[str]:
    """Ids of versions that had their time: put away, ended, or live before.

    One of them may be on its way up again.
    """
    lived = frozenset(event.version_id for event in head.lived)
    holders = (head.production, head.staging, head.waiting)
    now = {holder.version_id for holder in holders if holder is not None}
    return (head.archived | head.unhealthy | head.stopped | lived) - now


def _archive(model: str, ids: frozenset[str]) -> list[str]:
    changed = []
    for id_ in sorted(ids):
        version = _version(model, id_)
        if version and version.stage != "archived":
            version.set_stage("archived", force=True)
            changed.append(f"stage archived to version {version.number}")
    return changed
