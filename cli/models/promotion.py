"""`models promote`, `approve`, `archive`: a person moves a version."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from rich.console import Group
from rich.text import Text

from churn.gates.decision import Decision
from churn.rollout.plan import parse_rollout
from cli.console import console
from cli.deployment_config import rollout_document
from cli.models.acting import Done, act, carry_out
from cli.models.place import Place
from cli.models.showing import told
from cli.models.speaking import decided, say, show, when
from cli.models.stored import read_bundle, read_folder
from registry.demanded_keys import demanded_keys
from registry.event import Event
from registry.rederive import for_production
from registry.rollouts import start_rollout
from registry.state import state
from registry.transitions import approve, archive, promotable, promote
from registry.versions import Version, find, setback


def promote_version(
    place: Place,
    name: str,
    reason: str,
    *,
    override: bool,
    as_json: bool,
    rollout: str | None = None,
) -> int:
    """Begin a version's rollout, or make it live; then let all that follows follow."""
    done = promoted(
        place, name, reason, override=override, as_json=as_json, rollout=rollout
    )
    # Only now: what it imports would hold up what has to be quick.
    from cli.models.following import follow

    pipeline = "promotion" if done.events[-1].kind == "promoted" else "deployment"
    return follow(place, pipeline, quiet=as_json)


def promoted(
    place: Place,
    name: str,
    reason: str,
    *,
    override: bool,
    as_json: bool,
    rollout: str | None = None,
) -> Done:
    """Show the evidence, ask the gates, append the event, tell the servers.

    Live at once is who skips the rollout, has no champion to be compared with, or
    whose data set has a rollout without phases.

    Raises
    ------
    HoldfastError
        Where gates, history, evidence or bundle do not allow it; nothing is changed.
    """
    document = rollout_document(place.root, place.dataset, rollout)
    plan = parse_rollout(document)
    with place.ledger(place.signer) as ledger:
        events = place.of(ledger)
        mine = act(reason)
        version = promotable(events, name, mine, override=override)
        warn_of_setback(events, version)
        decision = for_production(version, partial(read_folder, place))
        if decision is not None and not as_json:
            show(decided(decision))
        new = (
            promote(events, name, mine, decision=decision, override=override)
            if override or not plan.phases or state(events).production is None
            else start_rollout(
                events,
                name,
                mine,
                decision=decision,
                plan=document,
                first=plan.phases[0],
            )
        )
        keys = demanded_keys(events, new[0], place.trusted)
        read_bundle(place, new[0].lineage, trusted=keys)
        done = carry_out(place, ledger, events, new)
    say(_document(done, decision), _promoted(done, name), as_json=as_json)
    return done


def warn_of_setback(events: Sequence[Event], version: Version) -> None:
    """Say that the version was stopped or rolled back before, when and why."""
    found = setback(events, version)
    if found is None:
        return
    did = "its rollout was stopped" if found.kind == "stopped" else "it was rolled back"
    told = (
        f"warning: version {version.version}: {did} on {when(found.at)} UTC by "
        f"{found.actor}: {found.reason}"
    )
    console(stderr=True).print(Text(told, style="yellow"), soft_wrap=True)


def approve_version(place: Place, name: str, reason: str, *, as_json: bool) -> None:
    """Add the approval of whoever runs this."""
    with place.ledger(place.signer) as ledger:
        events = place.of(ledger)
        done = carry_out(place, ledger, events, approve(events, name, act(reason)))
        people = find(ledger.events(place.model), name).approvers
    sentence = f"version {name} is approved by {', '.join(people)}"
    say(_document(done, None), Text(sentence), as_json=as_json)


def archive_version(place: Place, name: str, reason: str, *, as_json: bool) -> None:
    """Put a version away for good."""
    with place.ledger(place.signer) as ledger:
        events = place.of(ledger)
        done = carry_out(place, ledger, events, archive(events, name, act(reason)))
    sentence = f"version {name} is archived; it can never be live again"
    say(_document(done, None), Text(sentence), as_json=as_json)


def _document(done: Done, decision: Decision | None) -> dict[str, Any]:
    return {
        "event": told(done.events[-1]),
        "decision": decision,
        "release": done.release,
        "seconds": done.seconds,
    }


def _promoted(done: Done, name: str) -> Group:
    (event,) = done.events
    told = f"event {event.sequence}, release written after {done.seconds:.3f} s"
    if event.kind == "rollout":
        began = f"the rollout of version {name} begins in {event.evidence['to']}"
        return Group(Text(f"{began}: {told}", style="bold green"))
    before = event.evidence["from"]
    instead = "" if before is None else f" instead of version {before}"
    skipped = ", the rollout skipped" if event.evidence["override"] else ""
    live = f"version {name} is live{instead}{skipped}: {told}"
    return Group(Text(live, style="bold green"))
