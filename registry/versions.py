"""What the history holds about each version."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from churn.naming import suggestion
from registry.errors import UnknownVersionError
from registry.event import Event, Lineage
from registry.state import State, state

Stage = Literal[
    "production",
    "staging",
    "waiting",
    "archived",
    "stopped",
    "rolled back",
    "retired",
    "overtaken",
    "refused",
    "registered",
]


@dataclass(frozen=True)
class Version:
    """One version: where it stands and the events that brought it there.

    ``stage`` says retired of a healthy version that another replaced, stopped of one
    whose rollout was ended, overtaken of one that was approved and never went live.
    ``approvers`` are the people who approved it, each once.
    """

    version: str
    version_id: str
    lineage: Lineage
    stage: Stage
    events: tuple[Event, ...]

    @property
    def last(self) -> Event:
        """The newest event that names it."""
        return self.events[-1]

    def event(self, kind: str) -> Event | None:
        """Its newest event of a kind."""
        found = [event for event in self.events if event.kind == kind]
        return found[-1] if found else None

    def evidence(self, kind: str) -> dict[str, Any]:
        """What its newest event of a kind rests on; nothing where there is none."""
        event = self.event(kind)
        return dict(event.evidence) if event else {}

    @property
    def is_approved(self) -> bool:
        """Whether its policy approved it for staging."""
        return bool(self.evidence("decided").get("decision", {}).get("approved"))

    @property
    def compared_with(self) -> str | None:
        """The champion's version that its evidence compares it with."""
        champion = self.evidence("evaluated").get("compared_with")
        return None if champion is None else str(champion)

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who approved it, each once, in the order of time."""
        people = [event.actor for event in self.events if event.kind == "approved"]
        return tuple(dict.fromkeys(people))

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features its model takes."""
        return tuple(self.evidence("registered").get("features", ()))


def versions(events: Iterable[Event]) -> tuple[Version, ...]:
    """Every version of a model, oldest first."""
    events = tuple(events)
    head = state(events)
    of: dict[str, list[Event]] = {}
    for event in events:
        of.setdefault(event.version_id, []).append(event)
    return tuple(_version(tuple(own), head) for own in of.values())


def find(events: Iterable[Event], version: str) -> Version:
    """The version of this number; of two that share it the newer.

    Raises
    ------
    UnknownVersionError
        Naming the nearest.
    """
    known = {each.version: each for each in versions(events)}
    if version not in known:
        hint = suggestion(version, known)
        raise UnknownVersionError(f"no version {version} in the ledger; {hint}")
    return known[version]


def setback(events: Iterable[Event], version: Version) -> Event | None:
    """The newest event that stopped the version's rollout or rolled back from it."""
    found, live = None, ""
    for event in events:
        is_bad = (
            event.kind == "stopped" and event.version_id == version.version_id
        ) or (event.kind == "rolled_back" and live == version.version_id)
        found = event if is_bad else found
        if event.kind in ("promoted", "rolled_back"):
            live = event.version_id
    return found


def of_event(events: Iterable[Event], event: Event) -> Version:
    """The version that one of these events is about; its number may be another's."""
    return next(v for v in versions(events) if v.version_id == event.version_id)


def _version(events: tuple[Event, ...], head: State) -> Version:
    last = events[-1]
    return Version(
        last.version, last.version_id, last.lineage, _stage(events, head), events
    )


def _stage(events: tuple[Event, ...], head: State) -> Stage:
    id_ = events[-1].version_id
    holders: dict[Stage, Event | None] = {
        "production": head.production,
        "staging": head.staging,
        "waiting": head.waiting,
    }
    for stage, holder in holders.items():
        if holder is not None and holder.version_id == id_:
            return stage
    if id_ in head.archived:
        return "archived"
    if id_ in head.stopped:
        return "stopped"
    if id_ in head.unhealthy:
        return "rolled back"
    return _ended({event.kind: event for event in events})


def _ended(last: dict[str, Event]) -> Stage:
    """How a version that holds no stage came to its end."""
    if "promoted" in last:
        return "retired"
    if "decided" not in last:
        return "registered"
    approved = last["decided"].evidence["decision"]["approved"]
    return "overtaken" if approved else "refused"
