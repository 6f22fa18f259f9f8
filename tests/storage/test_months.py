"""Changes of a month at once: whoever comes second changes what the first made."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from storage import months
from storage.delta import ConflictError
from storage.months import MonthTable, month_of

DAY = date(2024, 5, 30)
SCHEMA = pl.Schema({"day": pl.Date(), "name": pl.String()})


@pytest.fixture
def table(tmp_path: Path) -> MonthTable:
    return MonthTable(
        url=str(tmp_path / "rows"),
        schema=SCHEMA,
        day="day",
        order=("name",),
        way_out="delete it",
        environ={},
    )


def adding(kept: pl.DataFrame, name: str, day: date = DAY) -> pl.DataFrame:
    one = pl.DataFrame([(day, name)], schema=SCHEMA, orient="row")
    return pl.concat([kept, one])


def add(table: MonthTable, name: str, day: date = DAY) -> None:
    table.change(month_of(day), lambda kept: adding(kept, name, day))


def names(table: MonthTable) -> list[str]:
    return table.read(DAY, DAY)["name"].to_list()


@pytest.mark.parametrize("there", [[], ["z"]])
def test_what_another_writes_between_reading_and_committing_stays(
    table: MonthTable, there: list[str]
) -> None:
    for name in there:
        add(table, name)
    seen = []

    def changed(kept: pl.DataFrame) -> pl.DataFrame:
        seen.append(kept["name"].to_list())
        if len(seen) == 1:
            add(table, "b")
        return adding(kept, "a")

    table.change(month_of(DAY), changed)

    assert seen == [there, ["b", *there]]
    assert names(table) == ["a", "b", *there]


def test_months_do_not_wait_for_one_another(table: MonthTable) -> None:
    seen = []

    def changed(kept: pl.DataFrame) -> pl.DataFrame:
        seen.append(len(kept))
        add(table, "another month's", date(2024, 6, 1))
        return adding(kept, "a")

    table.change(month_of(DAY), changed)

    assert seen == [0]


def test_who_is_always_second_is_told(
    table: MonthTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(months, "ATTEMPTS", 3)
    seen = []

    def changed(kept: pl.DataFrame) -> pl.DataFrame:
        seen.append(len(kept))
        add(table, f"{len(kept)}")
        return adding(kept, "a")

    with pytest.raises(ConflictError, match="run again"):
        table.change(month_of(DAY), changed)

    assert seen == [0, 1, 2]
    assert names(table) == ["0", "1", "2"]
