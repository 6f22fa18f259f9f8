"""What must hold before a transition; each refusal is one line with the way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from churn.gates.decision import Decision
from registry.errors import RefusedError
from registry.event import Event
from registry.state import State
from registry.versions import Version, versions

REASON_CHARACTERS = 500


@dataclass(frozen=True)
class Act:
    """Who does something, when, and why."""

    actor: str
    at: datetime
    reason: str


def check_reason(act: Act) -> None:
    """Refuse an act without a reason in one line of some length."""
    reason = act.reason.strip()
    if not reason or not reason.isprintable():
        raise RefusedError(
            f"expected a reason in one line, found {act.reason!r}; say why, for those "
            "who read the history later"
        )
    if len(reason) > REASON_CHARACTERS:
        raise RefusedError(
            f"expected a reason of at most {REASON_CHARACTERS} characters, found "
            f"{len(reason)}; say it shorter and where more is to be read"
        )


def as_reason(text: str) -> str:
    """What a program found as the reason of an act: one line of the length allowed."""
    line = " ".join(text.split())
    if len(line) <= REASON_CHARACTERS:
        return line
    return f"{line[: REASON_CHARACTERS - 1]}…"


def check_usable(version: Version) -> None:
    """Refuse a version that has no bundle or was put away."""
    if version.stage == "archived":
        raise RefusedError(
            f"version {version.version} is archived for good; train another"
        )
    if not version.lineage.bundle_uri:
        raise RefusedError(
            f"version {version.version} has no bundle, its run did not get that far; "
            "choose another or train again"
        )


def check_second_person(version: Version, act: Act) -> None:
    """Refuse to skip the rollout alone."""
    if not set(version.approvers) - {act.actor}:
        raise RefusedError(
            f"to skip the rollout somebody else than {act.actor} must have approved "
            f"version {version.version}; ask a second person to run "
            f"`models approve {version.version}`"
        )


def check_no_rollout(head: State) -> None:
    """Refuse to start what another rollout has to end before."""
    if head.rollout is not None:
        raise RefusedError(
            f"version {head.rollout.version} is in rollout ({head.rollout.phase}): "
            "`rollout status` shows how far it is, `rollout abort` ends it"
        )


def check_approved(version: Version, head: State) -> None:
    """Refuse what its run did not approve against the champion that is live now."""
    if not version.is_approved:
        why = version.event("decided")
        told = why.reason if why else "it was never decided upon"
        raise RefusedError(f"version {version.version} was not approved: {told}")
    if version.compared_with != head.champion:
        rival, live = _named(version.compared_with), _named(head.champion)
        raise RefusedError(
            f"version {version.version} was held against {rival}, and live is {live}; "
            "train again to compare with that"
        )


def check_decided(version: Version, decision: Decision | None) -> None:
    """Refuse what its policy does not approve for production now."""
    if decision is None or not decision.approved:
        told = decision.reason if decision else "no decision was derived"
        raise RefusedError(
            f"version {version.version} may not go to production: {told}"
        )


def _named(version: str | None) -> str:
    return "no champion" if version is None else f"version {version}"


def last_healthy(events: Sequence[Event], head: State) -> Version:
    """Where a rollback goes that names no version."""
    if not head.healthy:
        raise RefusedError(
            f"no version was live and healthy before {_named(head.champion)}; "
            "train and promote another"
        )
    id_ = head.healthy[0].version_id
    return next(each for each in versions(events) if each.version_id == id_)


def check_was_healthy(target: Version, head: State) -> None:
    """Refuse a version that is live, never was, or was itself rolled back from."""
    told = f"cannot roll back to version {target.version}"
    if target.stage == "production":
        raise RefusedError(f"{told}: it is live")
    if target.version_id not in {event.version_id for event in head.lived}:
        raise RefusedError(
            f"{told}: it was never live; `models promote {target.version}` instead"
        )
    if target.version_id in head.unhealthy:
        raise RefusedError(
            f"{told}: it was itself rolled back from; "
            f"to have it again `models promote {target.version}`"
        )
