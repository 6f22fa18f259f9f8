"""`models history`: what happened, and what was live at an instant, and why."""

from datetime import UTC, datetime, time
from typing import Any

from rich.console import Group
from rich.text import Text

from churn.errors import UsageError
from churn.gates.decision import Decision
from cli.models.place import Place
from cli.models.showing import event_table, told
from cli.models.speaking import decided, say, when
from cli.tables import facts_table
from registry.errors import RefusedError
from registry.event import Event
from registry.measured import decision
from registry.page import origin
from registry.state import state, until
from registry.versions import Version, find


def show_history(place: Place, at: str | None, *, as_json: bool) -> None:
    """Print all events, or what was live at an instant."""
    events = place.events()
    if at is None:
        say([told(event) for event in events], event_table(events), as_json=as_json)
        return
    instant = parse_instant(at)
    before = until(events, instant)
    live = state(before).production
    if live is None:
        raise RefusedError(
            f"nothing was live at {instant.isoformat()}; "
            f"the first event is of {events[0].at.isoformat(timespec='seconds')}"
        )
    version = find(before, live.version)
    found = _reasoned(live, version)
    document = _document(instant, live, version, found)
    say(document, _shown(live, version, found), as_json=as_json)


def parse_instant(text: str) -> datetime:
    """A date, which stands for its end, or a moment; without a zone in UTC.

    Raises
    ------
    UsageError
    """
    try:
        return _instant(text)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--at {text!r} is no instant; expected 2026-03-01, 2026-03-01T09:30 or "
            "2026-03-01T09:30+01:00"
        ) from None


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if "T" not in text and " " not in text.strip():
        instant = datetime.combine(instant.date(), time.max)
    zoned = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return zoned.astimezone(UTC)


def _reasoned(live: Event, version: Version) -> Decision | None:
    """The decision that brought it live, or else the one of its training."""
    return decision(live) or decision(version.event("decided"))


def _document(
    instant: datetime, live: Event, version: Version, found: Decision | None
) -> dict[str, Any]:
    return {
        "at": instant,
        "live": told(live),
        "lineage": live.lineage,
        "approvers": version.approvers,
        "decision": found,
    }


def _shown(live: Event, version: Version, found: Decision | None) -> Group:
    override = " (override: the rollout was skipped)"
    facts = {
        "Live": f"version {live.version} since {when(live.at)} UTC",
        "Event": f"{live.sequence}, {live.kind.replace('_', ' ')}"
        + (override if live.evidence.get("override") else ""),
        "Who": live.actor,
        "Why": live.reason,
        **({"Approved by": ", ".join(version.approvers)} if version.approvers else {}),
        **{label.capitalize(): text for label, text in origin(live).items()},
    }
    gates = "no decision of a policy" if found is None else decided(found)
    return Group(facts_table(facts), Text(), gates)
