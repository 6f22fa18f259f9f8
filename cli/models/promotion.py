"""`models promote`, `approve`, `archive`: a person moves a version."""

import os
from typing import Any

from rich.console import Group
from rich.text import Text

from churn.gates.decision import Decision
from churn.scoring.keys import trusted_keys
from cli.models.acting import Done, act, carry_out, signer
from cli.models.place import Place
from cli.models.rederive import rederive
from cli.models.showing import told
from cli.models.speaking import decided, say, show
from cli.models.stored import read_bundle
from registry.demanded_keys import demanded_keys
from registry.transitions import approve, archive, promotable, promote
from registry.versions import Version, find


def promote_version(
    place: Place, name: str, reason: str, *, override: bool, as_json: bool
) -> int:
    """Make a version live, then let mirrors, smoke test and page follow."""
    promoted(place, name, reason, override=override, as_json=as_json)
    # Only now: what it imports would hold up what has to be quick.
    from cli.models.following import follow

    return follow(place, "promotion", quiet=as_json)


def promoted(
    place: Place, name: str, reason: str, *, override: bool, as_json: bool
) -> Done:
    """Show the evidence, ask the gates, append the event, tell the servers.

    Raises
    ------
    HoldfastError
        Where gates, history, evidence or bundle do not allow it; nothing is changed.
    """
    with place.ledger(signer()) as ledger:
        events = place.of(ledger)
        mine = act(reason)
        version = promotable(events, name, mine, override=override)
        decision = _decision(place, version)
        if decision is not None and not as_json:
            show(decided(decision))
        new = promote(events, name, mine, decision=decision, override=override)
        keys = demanded_keys(events, new[0], trusted_keys(os.environ))
        read_bundle(place, new[0].lineage, trusted=keys)
        done = carry_out(place, ledger, events, new)
    say(_document(done, decision), _promoted(done, name), as_json=as_json)
    return done


def approve_version(place: Place, name: str, reason: str, *, as_json: bool) -> None:
    """Add the approval of whoever runs this."""
    with place.ledger(signer()) as ledger:
        events = place.of(ledger)
        done = carry_out(place, ledger, events, approve(events, name, act(reason)))
        people = find(ledger.events(place.model), name).approvers
    sentence = f"version {name} is approved by {', '.join(people)}"
    say(_document(done, None), Text(sentence), as_json=as_json)


def archive_version(place: Place, name: str, reason: str, *, as_json: bool) -> None:
    """Put a version away for good."""
    with place.ledger(signer()) as ledger:
        events = place.of(ledger)
        done = carry_out(place, ledger, events, archive(events, name, act(reason)))
    sentence = f"version {name} is archived; it can never be live again"
    say(_document(done, None), Text(sentence), as_json=as_json)


def _decision(place: Place, version: Version) -> Decision | None:
    """The policy's answer for production; None where nothing was ever decided."""
    has_evidence = version.evidence("evaluated").get("evidence_uri")
    if not has_evidence or version.event("decided") is None:
        return None
    return rederive(place, version, stage="production", approvals=version.approvers)


def _document(done: Done, decision: Decision | None) -> dict[str, Any]:
    return {
        "event": told(done.events[-1]),
        "decision": decision,
        "release": done.release,
        "seconds": done.seconds,
    }


def _promoted(done: Done, name: str) -> Group:
    (event,) = done.events
    before = event.evidence["from"]
    instead = "" if before is None else f" instead of version {before}"
    skipped = ", the rollout skipped" if event.evidence["override"] else ""
    told = (
        f"version {name} is live{instead}{skipped}: event {event.sequence}, "
        f"release written after {done.seconds:.3f} s"
    )
    return Group(Text(told, style="bold green"))
