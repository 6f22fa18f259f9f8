"""The page of a whole story: what was promised, what customers noticed, each chapter.

Every figure comes from the ledger, the artifacts of a run, or the customers' own count.
"""

from markupsafe import Markup

from churn.report.blocks import (
    Block,
    Cell,
    Chart,
    Charts,
    Check,
    Checks,
    Facts,
    Fold,
    Group,
    Links,
    Mark,
    Page,
    Prose,
    Section,
    Table,
    Tile,
    Tiles,
    Tone,
    Verdict,
)
from churn.report.formats import capital, plural
from churn.report.page import render
from churn.report.story_chart import answered_chart
from churn.report.story_content import Answered, Chapter, Story

SYMBOLS: dict[Tone, str] = {"good": "✓", "bad": "✗", "unsure": "!", "plain": "·"}
FOOTER = (
    "Every figure was read back from the ledger or from what the runs left, or was "
    "counted by those who asked. No customer is shown; the page loads nothing and runs "
    "no script."
)


def story_page(story: Story) -> str:
    """Write the page of a story as self-contained HTML.

    Returns
    -------
    str
        HTML5; equal stories give equal text.
    """
    page = Page(
        kicker="The whole story",
        title=story.business,
        facts=(
            ("Model", story.model),
            ("Ledger", plural(story.n_events, "event")),
            ("Told", f"{story.told_at:%Y-%m-%d %H:%M} UTC"),
            ("Took", _minutes(story.seconds)),
        ),
        sections=(
            _summary(story),
            _customers(story),
            *(_chapter(n, one) for n, one in enumerate(story.chapters, 1)),
            _times(story),
            _commands(story),
        ),
        footer=FOOTER,
    )
    return render(page)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes"


def _summary(story: Story) -> Section:
    n_kept = sum(is_kept for _, is_kept in story.promises)
    is_whole = n_kept == len(story.promises)
    verdict = Verdict(
        mark=_mark(
            "good" if is_whole else "bad",
            "As promised" if is_whole else "Not as promised",
        ),
        sentence=f"{n_kept} of {len(story.promises)} promises were kept.",
        detail="A model server, the ledger, MLflow, ZenML and all pipelines ran for "
        "this page; nothing of it was prepared.",
        summary="",
    )
    checks = Checks(
        items=tuple(
            Check(
                mark=_mark(
                    "good" if is_kept else "bad", "Kept" if is_kept else "Broken"
                ),
                aside="",
                name=sentence,
                sentence="",
                figure="",
                against="",
                plot=Markup(""),
            )
            for sentence, is_kept in story.promises
        )
    )
    return Section("What came of it", (verdict, checks))


def _customers(story: Story) -> Section:
    found = story.answered
    tiles = Tiles(
        items=(
            _tile("Requests answered", f"{found.n - found.n_lost:,}", "by the server"),
            _tile("Requests lost", f"{found.n_lost:,}", "never asked again"),
            _tile("Median time", _ms(found.median_ms), "from when it was due"),
            _tile("99th percentile", _ms(found.p99_ms), "while models were trained"),
        )
    )
    drawing = Chart(
        caption="Which version answered, second by second",
        drawing=answered_chart(found),
        note="Numbers are the ledger's events, below.",
    )
    charts = Charts(items=(drawing,), is_wide=True)
    return Section("What customers noticed", (tiles, charts, _moments(found)))


def _moments(found: Answered) -> Table:
    rows = tuple(
        (
            Cell(text=f"{number}. {moment.label}"),
            Cell(text=f"{int(moment.second) // 60}:{int(moment.second) % 60:02}"),
            Cell(text=capital(moment.reason)),
        )
        for number, moment in enumerate(found.switches, 1)
    )
    return Table(
        caption="What the ledger says happened meanwhile",
        head=("Event", "After", "Why"),
        groups=(Group("", rows),),
        text_columns=3,
    )


def _tile(label: str, value: str, detail: str) -> Tile:
    return Tile(label=label, value=value, detail=detail, notes=())


def _ms(milliseconds: float | None) -> str:
    return "unknown" if milliseconds is None else f"{milliseconds:.1f} ms"


def _chapter(number: int, chapter: Chapter) -> Section:
    blocks: list[Block] = [
        Verdict(
            mark=_mark(chapter.tone, chapter.outcome),
            sentence=chapter.sentence,
            detail=chapter.detail,
            summary="",
        )
    ]
    if chapter.facts:
        blocks.append(Facts(items=chapter.facts))
    if chapter.links:
        blocks.append(Links(items=chapter.links))
    day = f", {chapter.day}" if chapter.day else ""
    return Section(f"{number}. {chapter.title}{day}", tuple(blocks))


def _times(story: Story) -> Section:
    rows = tuple(
        (Cell(text=one.title), Cell(text=f"{one.seconds:.0f} s"))
        for one in story.chapters
    )
    table = Table(
        caption="Chapters",
        head=("Chapter", "Took"),
        groups=(Group("", rows),),
        note="On this machine, all processes together.",
    )
    return Section(
        "Where the time went", (Fold(summary=_minutes(story.seconds), blocks=(table,)),)
    )


def _commands(story: Story) -> Section:
    told = Prose(text="What the story did, each on its own, on data of yours:")
    return Section("Doing it yourself", (told, Facts(items=story.commands, exact=True)))


def _mark(tone: Tone, words: str) -> Mark:
    return Mark(SYMBOLS[tone], words, tone)
