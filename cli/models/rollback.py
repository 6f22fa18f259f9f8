"""`models rollback`: the way back, event and release first."""

from typing import Any

from rich.text import Text

from cli.models.acting import Done, act, carry_out
from cli.models.place import Place
from cli.models.showing import told
from cli.models.speaking import say
from cli.models.stored import read_bundle
from registry.demanded_keys import demanded_keys
from registry.transitions import rollback


def roll_back(place: Place, to: str | None, reason: str, *, as_json: bool) -> int:
    """Make an earlier version live again; mirrors, smoke test and page follow."""
    rolled_back(place, to, reason, as_json=as_json)
    # Only now: what it imports would hold up what has to be quick.
    from cli.models.following import follow

    return follow(place, "rollback", quiet=as_json)


def rolled_back(place: Place, to: str | None, reason: str, *, as_json: bool) -> Done:
    """Find the version, see that it loads, append the event, tell the servers.

    Raises
    ------
    HoldfastError
        Where there is no way back, or its bundle does not verify; nothing is changed.
    """
    with place.ledger(place.signer) as ledger:
        events = place.of(ledger)
        (event,) = rollback(events, act(reason), to=to)
        keys = demanded_keys(events, event, place.trusted)
        read_bundle(place, event.lineage, trusted=keys)
        done = carry_out(place, ledger, events, (event,))
    say(_document(done), _sentence(done), as_json=as_json)
    return done


def _document(done: Done) -> dict[str, Any]:
    return {
        "event": told(done.events[-1]),
        "from": done.events[-1].evidence["from"],
        "release": done.release,
        "seconds": done.seconds,
    }


def _sentence(done: Done) -> Text:
    (event,) = done.events
    told = (
        f"version {event.version} is live again instead of version "
        f"{event.evidence['from']}: event {event.sequence}, event and release took "
        f"{done.seconds:.3f} s"
    )
    return Text(told, style="bold green")
