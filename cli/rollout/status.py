"""`rollout status`: the phase, what was seen so far, and what it waits for."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.console import Group
from rich.text import Text

from churn.rollout.decision import RolloutDecision
from cli.models.place import Place
from cli.models.speaking import say, when
from cli.models.stored import read_folder
from cli.tables import facts_table, gates_table
from registry.event import Event
from registry.rolling import next_step
from registry.state import Rollout, State, state
from storage.rollout_log import NO_SERVER, rollout_log


def show_status(place: Place, *, as_json: bool) -> None:
    """Decide as the pipeline would, without acting on it; the server is not asked."""
    events = place.events()
    head = state(events)
    if head.rollout is None:
        say(_idle(head), Text(_idle_words(place, head)), as_json=as_json)
        return
    decision = _assessed(place, events, head.rollout)
    document = _document(head, head.rollout, decision)
    shown = _shown(place, head, head.rollout, decision)
    say(document, shown, as_json=as_json)


def _assessed(
    place: Place, events: tuple[Event, ...], running: Rollout
) -> RolloutDecision:
    evidence = rollout_log(
        place.model,
        phase=running.phase,
        version=running.version,
        began=running.started.sequence,
        sequence=running.entered.sequence,
        since=running.since,
        server=None,
        environ=place.environ,
    )
    if evidence.note == NO_SERVER:
        # It was not asked, which is no news.
        evidence = replace(evidence, note="")
    read = partial(read_folder, place)
    now = datetime.now(UTC)
    return next_step(events, evidence, running.plan, read=read, now=now)


def _idle(head: State) -> dict[str, Any]:
    return {
        "rollout": None,
        "champion": head.champion,
        "staging": head.staging.version if head.staging else None,
        "waiting": head.waiting.version if head.waiting else None,
    }


def _idle_words(place: Place, head: State) -> str:
    live = head.production
    told = (
        "no rollout is running, and nothing is live"
        if live is None
        else f"no rollout is running; version {live.version} is live since "
        f"{when(live.at)} UTC"
    )
    if head.staging is None:
        return f"{told}; no version is in staging"
    version = head.staging.version
    does = "makes it live" if live is None else "begins its rollout"
    own = "" if live is None else " or `--pipeline deployment`"
    return place.hints.whole(
        f"{told}; version {version} is in staging: `models promote {version}`{own} "
        f"{does}"
    )


def _document(
    head: State, running: Rollout, decision: RolloutDecision
) -> dict[str, Any]:
    return {
        **_idle(head),
        "rollout": {
            "version": running.version,
            "phase": running.phase,
            "weight": running.weight,
            "since": running.since,
            "is_paused": running.is_paused,
            "policy": decision.rollout,
        },
        "next": {
            "to": decision.to,
            "reason": decision.reason,
            "waits_for": decision.waits_for,
            "gates": decision.gates,
        },
    }


def _next(running: Rollout) -> str:
    if running.is_paused:
        return "`rollout resume` or `rollout abort`"
    return "`--pipeline deployment` looks, and takes the next step once it may"


def _shown(
    place: Place, head: State, running: Rollout, decision: RolloutDecision
) -> Group:
    share = f", {running.weight:.0%} of the customers" if running.weight else ""
    paused = ", paused" if running.is_paused else ""
    facts = {
        "Rollout": f"version {running.version} against version {head.champion}",
        "Phase": f"{running.phase}{share}, since {when(running.since)} UTC{paused}",
        "Policy": decision.rollout,
        "Next": place.hints.whole(_next(running)),
        **({"Waiting": f"version {head.waiting.version}"} if head.waiting else {}),
    }
    return Group(
        facts_table(facts),
        Text(),
        Text(place.hints.whole(decision.reason), style="bold"),
        gates_table(decision.gates, is_rollout=True),
    )
