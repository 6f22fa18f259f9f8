"""`rollout pause`, `resume`, `abort`: a person steers the running rollout."""

from collections.abc import Callable, Sequence

from rich.text import Text

from cli.models.acting import act, carry_out
from cli.models.place import Place
from cli.models.showing import told
from cli.models.speaking import say
from registry.conditions import Act
from registry.event import Event
from registry.rollouts import abort, pause, resume

Transition = Callable[[Sequence[Event], Act], tuple[Event, ...]]


def pause_rollout(place: Place, reason: str, *, as_json: bool) -> None:
    """Keep the version in its phase."""
    sentence = "the rollout of version {0} is paused in its phase"
    _carry_out(place, pause, reason, sentence, as_json=as_json)


def resume_rollout(place: Place, reason: str, *, as_json: bool) -> None:
    """Let the version go on."""
    sentence = "the rollout of version {0} goes on with the next deployment run"
    _carry_out(place, resume, reason, sentence, as_json=as_json)


def abort_rollout(place: Place, reason: str, *, as_json: bool) -> None:
    """Take the version out; servers follow the release at once."""
    sentence = "the rollout of version {0} is over; the champion answers everybody"
    _carry_out(place, abort, reason, sentence, as_json=as_json)


def _carry_out(
    place: Place, transition: Transition, reason: str, sentence: str, *, as_json: bool
) -> None:
    with place.ledger(place.signer) as ledger:
        events = place.of(ledger)
        done = carry_out(place, ledger, events, transition(events, act(reason)))
    (event,) = done.events
    document = {
        "event": told(event),
        "release": done.release,
        "seconds": done.seconds,
    }
    text = f"{sentence.format(event.version)}: event {event.sequence}"
    say(document, Text(text, style="bold"), as_json=as_json)
