from dataclasses import replace

from churn.evaluation.scorecard import NOT_PROBED, Estimate
from churn.report.blocks import Prose, Table
from churn.report.leaks import leak_section
from tests.scorecards import leaks

CLEAN = leaks()
LEAKY = replace(
    CLEAN,
    readings=(
        *CLEAN.readings,
        replace(
            CLEAN.readings[0], feature="score", observed=Estimate(0.97, 0.95, 0.99, 90)
        ),
    ),
)


def parts(report) -> tuple[Prose, Table]:
    prose, table = leak_section(report).blocks
    assert isinstance(prose, Prose)
    assert isinstance(table, Table)
    return prose, table


def test_a_clean_report_says_so_in_one_sentence() -> None:
    prose, _ = parts(CLEAN)

    assert prose == Prose(text="No leak found in 2 features.")


def test_a_leak_is_named_first_and_marked_in_its_row() -> None:
    prose, table = parts(LEAKY)

    row = table.groups[0].rows[0]
    assert prose == Prose(text="Leaks: score.", tone="bad")
    assert len(table.groups[0].rows) == 1
    assert (row[0].text, row[1].text, row[2].text) == ("score", "0.970", "0.88")
    assert row[0].mark is not None
    assert row[0].mark.words == "a leak"


def test_without_a_leak_each_probe_shows_what_came_nearest() -> None:
    _, table = parts(CLEAN)

    row = table.groups[0].rows[0]
    assert row[0].text == "days_since_login"
    assert row[0].detail == "alone ranks the test rows with ROC-AUC 0.710"
    assert row[0].mark is None


def test_a_reading_of_nothing_is_shown_too() -> None:
    _, table = parts(CLEAN)

    assert table.groups[2].rows[0][0].text == "plan"


def test_a_probe_that_saw_nothing_says_why() -> None:
    _, table = parts(CLEAN)

    moved, recency = table.groups[1].rows[0][0], table.groups[3].rows[0][0]
    assert moved.text == "a row without a time"
    assert recency.text == "no feature that it could ask of"


def test_a_version_that_was_not_probed_says_so() -> None:
    (prose,) = leak_section(NOT_PROBED).blocks

    assert prose == Prose(text="This version was not probed for leaks.")
