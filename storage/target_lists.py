"""The target list of a run, read back from its scores and handed on."""

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from churn.batch.listed import DaySummary, GroupCount, Listed
from churn.batch.record import Scored
from churn.batch.summary import (
    ORIGIN,
    SCORES,
    group_counts,
    list_change,
    summarise,
    worth,
)
from churn.batch.target_list import Exported, target_list
from churn.monitoring.documents import read_day
from storage.crm import CRM_URL, Crm, CrmError
from storage.daily import DailyDocuments
from storage.delta import TableError
from storage.exports import EXPORTS_URL, export_csv
from storage.score_table import ScoreTable


def listed(table: ScoreTable, scored: Scored, *, environ: Mapping[str, str]) -> Listed:
    """The run's list in figures, beside that of the newest earlier date.

    Raises
    ------
    TableError
        If the table cannot be read, or a later run replaced the scores.
    """
    day = scored.snapshot_date
    scores = _scores(table, day)
    _check_same(scores, scored)
    on_list = table.listed(day)
    earlier = [known for known in table.dates() if known < day]
    before = _scores(table, earlier[-1]) if earlier else None
    return Listed(
        current=summarise(scores, on_list),
        worth=worth(on_list, scored.economics),
        before=None if before is None else _summary(table, before, earlier[-1]),
        change=None if before is None else list_change(scores, before),
        groups=_groups(scored, environ),
    )


def export(
    table: ScoreTable, dataset: str, scored: Scored, *, environ: Mapping[str, str]
) -> Exported:
    """Hand the list on: as a file first, which needs no server, then to the CRM.

    Raises
    ------
    ConfigError
        If the address of either is none.
    ObjectError, CrmError, TableError
        If a place is out of reach, or a later run replaced the scores. What was
        handed on before stays, and the same run again completes it.
    """
    csv = crm = None
    on_list, day = table.listed(scored.snapshot_date), scored.snapshot_date
    _check_same(on_list, scored)
    rows = target_list(on_list, scored.economics)
    if environ.get(EXPORTS_URL):
        csv = export_csv(dataset, day, rows, environ=environ)
    if environ.get(CRM_URL):
        try:
            crm = _to_crm(dataset, scored, rows, environ)
        except CrmError as error:
            raise CrmError(
                f"{error}; as CSV it is in {csv}" if csv else error
            ) from None
    return Exported(len(rows), csv, crm)


def _to_crm(
    dataset: str, scored: Scored, rows: pl.DataFrame, environ: Mapping[str, str]
) -> str:
    known = Crm(environ[CRM_URL], environ=environ)
    at = scored.origin.scored_at
    known.replace(dataset, scored.snapshot_date, rows, scored_at=at)
    return known.description


def _scores(table: ScoreTable, day: date) -> pl.DataFrame:
    return table.read(day, [*SCORES, *ORIGIN])


def _summary(table: ScoreTable, scores: pl.DataFrame, day: date) -> DaySummary:
    return summarise(scores, table.listed(day))


def _groups(scored: Scored, environ: Mapping[str, str]) -> tuple[GroupCount, ...]:
    """The declared groups as the day's profile has counted them; none without one."""
    profiles = DailyDocuments.of(f"profiles/{scored.model}", environ=environ)
    day, key = scored.snapshot_date, f"batch:{scored.origin.model_version}"
    found = [one for one in profiles.read(day, day) if one.key == key]
    return group_counts(read_day(found[0].document)) if found else ()


def _check_same(rows: pl.DataFrame, scored: Scored) -> None:
    """Refuse rows of another run of the same date; no row tells of none."""
    others: list[datetime] = rows["scored_at"].unique().to_list()
    if any(moment != scored.origin.scored_at for moment in others):
        raise TableError(
            f"the scores of {scored.snapshot_date} were replaced at "
            f"{max(others):%Y-%m-%d %H:%M:%S} UTC by another run, which hands on its "
            "own list; nothing is left to do here"
        )
