"""A release that breaks in the moment in which it goes live, while customers ask."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from churn.scoring.manifest import GRAPH
from cli.demo.errors import DemoError
from cli.demo.making import STRONG, figures, is_refused
from cli.demo.telling import Telling, Told
from cli.demo.traffic import Answer, by_version, lost, percentile_ms
from cli.models.place import Place
from registry.event import Event

OTHER_SEED = "model.seed=2"
LOOK_SECONDS = 0.1


@dataclass
class Damage:
    """Whoever waits for a version to be live, to damage what it is loaded from."""

    place: Place
    version: str
    ended: threading.Event = field(default_factory=threading.Event)
    path: Path | None = None

    def wait(self) -> None:
        """Turn one byte of the model over as soon as the ledger has it live."""
        while not self.ended.wait(LOOK_SECONDS):
            live = [e for e in self.place.events() if e.kind == "promoted"]
            if live and live[-1].version == self.version:
                self.path = Path(live[-1].lineage.bundle_uri) / GRAPH
                content = bytearray(self.path.read_bytes())
                content[len(content) // 2] ^= 0xFF
                self.path.write_bytes(content)
                return


@contextmanager
def damaged(place: Place, version: str) -> Iterator[Damage]:
    """Damage the model of a version when it goes live; meanwhile go on."""
    damage = Damage(place, version)
    thread = threading.Thread(target=damage.wait)
    thread.start()
    try:
        yield damage
    finally:
        damage.ended.set()
        thread.join()


def broken_release(telling: Telling) -> Told:
    """A version that passed everything breaks in the moment it goes live."""
    plot = telling.plot
    ran = telling.runs.run(
        "training", *STRONG, OTHER_SEED, as_of=str(plot.last), policy="refresh"
    )
    version, before = ran["registration"]["version"], telling.head.champion
    if is_refused(ran):
        raise DemoError(f"version {version} was to pass: {ran['decision']['reason']}")
    n_before = len(telling.answers)
    with damaged(telling.stage.place, version) as damage:
        last = telling.roll_out(version)
    telling.traffic_goes_on()
    answers = telling.answers[n_before:]
    live, back = _promoted(telling.events, version), telling.events[-1]
    is_back = back.kind == "rolled_back" and telling.head.champion == before
    telling.promise(
        "A broken release is taken back by itself under load; no request is lost.",
        is_kept=is_back and damage.path is not None and lost(answers) == 0,
    )
    took = (back.at - live.at).total_seconds()
    return Told(
        day=plot.last,
        outcome="Taken back" if is_back else "Still live",
        tone="good" if is_back else "bad",
        sentence=f"Version {version} broke as it went live and version "
        f"{telling.head.champion} was live again {took:.1f} s later.",
        detail=f"A byte of its model in the artifact store was turned over in that "
        f"moment, on purpose. {last['confirmation']['sentence'].capitalize()}.",
        facts=(
            *_asked(answers, live, back),
            *figures(ran),
        ),
        links=(
            ("Training report", telling.keep(ran["report"], "10-broken-release")),
            ("Models after it", telling.keep(last["page"], "10-models")),
        ),
    )


def _promoted(events: Sequence[Event], version: str) -> Event:
    return [e for e in events if e.kind == "promoted" and e.version == version][-1]


def _asked(
    answers: Sequence[Answer], live: Event, back: Event
) -> tuple[tuple[str, str], ...]:
    """What customers noticed of it."""
    meanwhile = [a for a in answers if a.instant >= live.at]
    broken = [a for a in meanwhile if a.version == live.version]
    after = [a.instant for a in broken if a.instant > back.at]
    late = (max(after) - back.at).total_seconds() if after else 0.0
    shares = ", ".join(f"version {v}: {n:,}" for v, n in by_version(meanwhile).items())
    p99 = percentile_ms(meanwhile, 99)
    return (
        (
            "Asked since it was live",
            f"{len(meanwhile):,} requests, {lost(meanwhile)} lost",
        ),
        ("Answered by", shares or "nobody"),
        ("Last answer of it", f"{late:.2f} s after it was taken back"),
        ("p99", "unknown" if p99 is None else f"{p99:.0f} ms"),
    )
