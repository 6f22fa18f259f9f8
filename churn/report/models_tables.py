"""The tables of a model's page: its versions, and what happened to them."""

from datetime import datetime

from churn.report.blocks import Cell, Group, Mark, Prose, Section, Table
from churn.report.formats import bounds, number, plural
from churn.report.models_content import Happening, ModelReport, ModelVersion
from churn.report.words import kind_label, metric

MOST_VERSIONS = 200
MOST_EVENTS = 200
SHOWN = ("roc_auc", "net_value_per_1000_eur", "ece")
SKIPPED = Mark("!", "the rollout was skipped", "bad")
MARKS = {
    "production": Mark("●", "live", "good"),
    "staging": Mark("◐", "next, or in rollout", "unsure"),
    "waiting": Mark("○", "waits for the rollout", "unsure"),
    "stopped": Mark("✕", "its rollout was ended", "bad"),
    "rolled back": Mark("✕", "was taken back", "bad"),
    "refused": Mark("✕", "refused", "bad"),
}
STAGES = {"retired": "was live", "registered": "not decided"}
# What a training always writes before its decision.
UNTOLD = ("registered", "evaluated")


def moment(at: datetime) -> str:
    """Write a moment to the minute.

    Examples
    --------
    >>> from datetime import UTC
    >>> moment(datetime(2026, 3, 1, 9, 5, 7, tzinfo=UTC))
    '2026-03-01 09:05 UTC'
    """
    return f"{at:%Y-%m-%d %H:%M} UTC"


def stage_words(stage: str) -> str:
    """Say a stage of the ledger as the page does.

    Examples
    --------
    >>> stage_words("retired"), stage_words("staging")
    ('was live', 'staging')
    """
    return STAGES.get(stage, stage)


def version_section(report: ModelReport) -> Section:
    """List the newest versions with a few of their figures."""
    shown = report.versions[:MOST_VERSIONS]
    if not shown:
        return Section("Versions", (Prose(text="No version is registered."),))
    caption = "All versions, newest first"
    note = _of("version", len(shown), len(report.versions))
    return Section("Versions", (version_table(caption, shown, note=note),))


def version_table(
    caption: str, shown: tuple[ModelVersion, ...], *, note: str = ""
) -> Table:
    """Put versions below one another."""
    return Table(
        caption=caption,
        head=("Version", "Stage", "Model", *(metric(n).label for n in SHOWN)),
        groups=(Group("", tuple(_row(version) for version in shown)),),
        text_columns=3,
        note=note,
    )


def _row(version: ModelVersion) -> tuple[Cell, ...]:
    return (
        Cell(text=version.version, detail=moment(version.registered_at)),
        Cell(
            text=STAGES.get(version.stage, version.stage), mark=MARKS.get(version.stage)
        ),
        Cell(text=kind_label(version.kind)),
        *(_figure(version, name) for name in SHOWN),
    )


def _figure(version: ModelVersion, name: str) -> Cell:
    figure, form = version.figures.get(name), metric(name).form
    if figure is None or figure.value is None:
        return Cell(text="")
    return Cell(text=number(figure.value, form), detail=bounds(figure, form))


def history_section(report: ModelReport) -> Section:
    """Tell what was decided and done, the newest first."""
    told = [one for one in report.history if one.kind not in UNTOLD]
    shown = told[:MOST_EVENTS]
    if not shown:
        return Section("History", (Prose(text="Nothing has happened yet."),))
    table = Table(
        caption="What was decided and done, newest first",
        head=("Event", "What", "Who", "Why"),
        groups=(Group("", tuple(_happening(one) for one in shown)),),
        text_columns=4,
        note=_of("event", len(shown), len(told)),
    )
    return Section("History", (table,))


def _happening(one: Happening) -> tuple[Cell, ...]:
    mark, aside = (SKIPPED, "override") if one.is_override else (None, "")
    return (
        Cell(text=f"{one.sequence:,}", detail=moment(one.at)),
        Cell(text=one.what, mark=mark, detail=aside),
        Cell(text=one.actor),
        Cell(text=one.reason),
    )


def _of(noun: str, n_shown: int, n_all: int) -> str:
    if n_shown == n_all:
        return ""
    return f"The newest {n_shown:,} of {plural(n_all, noun)}; the ledger has them all."
