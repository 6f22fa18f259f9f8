"""`models verify`: whether the history is the one that was written."""

from rich.text import Text

from cli.models.place import Place
from cli.models.speaking import say
from registry.event import Event
from registry.verify import Head, unsigned_prefix, verify

BROKEN = 1


def verify_ledger(place: Place, *, has_mirrors: bool, as_json: bool) -> int:
    """Recompute the chain, and hold it against signatures and mirrors; 1 if broken."""
    events = place.events()
    heads = _heads(place) if has_mirrors else ()
    trusted = place.trusted
    fault = verify(events, heads, trusted)
    document = {
        "events": len(events),
        "head": events[-1].hash,
        "mirrors": heads,
        "signatures": trusted is not None,
        "unsigned": unsigned_prefix(events),
        "fault": fault,
    }
    if fault is not None:
        told = Text(f"BROKEN at event {fault.sequence}: {fault.sentence}", "bold red")
    else:
        told = Text(_whole(events, heads, asks_keys=trusted is not None), "green")
    say(document, told, as_json=as_json)
    return 0 if fault is None else BROKEN


def _whole(
    events: tuple[Event, ...], heads: tuple[Head, ...], *, asks_keys: bool
) -> str:
    seen = {head.where: 0 for head in heads}
    for head in heads:
        seen[head.where] = max(seen[head.where], head.sequence)
    mirrors = ", ".join(f"{where} saw event {n}" for where, n in seen.items())
    signed = _signed(events) if asks_keys else "signatures not asked for"
    return (
        f"{len(events)} events are as they were written; "
        f"{mirrors or 'no mirror was asked'}; {signed}"
    )


def _signed(events: tuple[Event, ...]) -> str:
    unsigned = unsigned_prefix(events)
    if unsigned == len(events):
        return "no event is signed"
    before = f", the first {unsigned} events are unsigned" if unsigned else ""
    return f"every signature is trusted{before}"


def _heads(place: Place) -> tuple[Head, ...]:
    """What the mirrors saw, through the stack that the file describes."""
    from cli.stacks.apply import apply_stack
    from registry.mirrors import heads

    apply_stack(place.stack, root=place.root)
    return heads(place.model, place.stack.zenml_name)
