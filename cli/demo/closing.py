"""The last page: everything read back, then drawn."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from churn.report.story import story_page
from churn.report.story_content import Answered, Moment, Second, Story
from cli.demo.telling import Telling
from cli.demo.traffic import Answer, by_version, lost, percentile_ms
from registry.event import Event

SHOWN = {
    "rollout": "Version {0} enters {1}",
    "promoted": "Version {0} is live",
    "rolled_back": "Version {0} is live again",
    "stopped": "Version {0} is stopped",
}
COMMANDS = (
    ("A model", "python run.py --pipeline training"),
    ("On its way", "python run.py --pipeline deployment --until live"),
    ("Tonight's scores", "python run.py --pipeline batch_inference"),
    ("Is it healthy", "python run.py --pipeline monitoring"),
    ("Train again?", "python run.py --pipeline retraining"),
    ("The way back", 'python run.py models rollback --reason "..."'),
    ("When what runs", "python run.py schedule show"),
)


def write_page(telling: Telling, seconds: float) -> None:
    """Read everything back and write the page of it."""
    events, answers = telling.events, telling.answers
    plot, stage = telling.plot, telling.stage
    story = Story(
        told_at=datetime.now(UTC),
        business=f"{plot.n_customers:,} customers of a subscription business, "
        f"{plot.start:%B %Y} to {plot.last:%B %Y}",
        model=stage.place.model,
        chapters=tuple(telling.chapters),
        answered=answered(answers, events),
        promises=tuple(telling.promises),
        n_events=len(events),
        seconds=seconds,
        commands=COMMANDS,
    )
    stage.page.write_text(story_page(story), encoding="utf-8")


def answered(answers: Sequence[Answer], events: Sequence[Event]) -> Answered:
    """What customers were told, second by second, and what happened meanwhile."""
    begun = min((answer.at for answer in answers), default=0.0)
    return Answered(
        n=len(answers),
        n_lost=lost(answers),
        median_ms=percentile_ms(answers, 50),
        p99_ms=percentile_ms(answers, 99),
        by_version=by_version(answers),
        seconds=_seconds(answers, begun),
        switches=tuple(_switches(events, begun)),
    )


def _seconds(answers: Sequence[Answer], begun: float) -> tuple[Second, ...]:
    told: dict[int, Counter[str]] = defaultdict(Counter)
    missed: Counter[int] = Counter()
    for answer in answers:
        second = int(answer.at + answer.seconds - begun)
        told[second][answer.version] += not answer.is_lost
        missed[second] += answer.is_lost
    return tuple(
        Second(
            second=second,
            answered={v: n for v, n in sorted(told[second].items()) if n},
            n_lost=missed[second],
        )
        for second in sorted(told)
    )


def _switches(events: Sequence[Event], begun: float) -> list[Moment]:
    """What changed who answers, since customers ask."""
    found = []
    for event in events:
        second = event.at.timestamp() - begun
        if second < 0:
            continue
        if event.kind in SHOWN:
            found.append(Moment(second, _label(event), event.reason))
    return found


def _label(event: Event) -> str:
    return SHOWN[event.kind].format(event.version, event.evidence.get("to"))
