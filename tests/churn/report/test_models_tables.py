"""The tables of a model's page."""

import pytest

from churn.report.models_tables import (
    MOST_EVENTS,
    MOST_VERSIONS,
    history_section,
    stage_words,
    version_section,
)
from tests.model_reports import happening, model_report, version


def rows(section):
    """The table of a section: its rows, and its note."""
    (table,) = section.blocks
    (group,) = table.groups
    return group.rows, table.note


def test_each_version_stands_in_a_row_with_its_stage_and_figures():
    found, note = rows(version_section(model_report()))

    assert [row[0].text for row in found] == ["6", "5", "4", "3", "2", "1"]
    assert [row[1].text for row in found] == [
        *("waiting", "staging", "refused", "production", "was live", "archived")
    ]
    assert found[3][1].mark.words == "live"
    assert found[0][3].detail.count(" to ") == 1
    assert note == ""


def test_a_figure_that_was_not_measured_leaves_its_cell_empty():
    report = model_report(versions=(version(1, "registered", figures={}),))

    ((row,), _) = rows(version_section(report))

    assert [cell.text for cell in row[3:]] == ["", "", ""]


def test_the_history_tells_what_was_done_and_marks_an_override():
    found, _ = rows(history_section(model_report()))

    assert [row[1].text for row in found] == [
        *("waiting 6", "staged 5", "decided 4", "promoted 3"),
        "1 rolled back, 2 live again",
    ]
    assert [row[1].detail for row in found] == ["", "", "", "override", ""]
    assert found[3][1].mark.words == "the rollout was skipped"


def test_only_the_newest_are_shown_and_the_note_counts_all():
    report = model_report(
        versions=tuple(version(n, "refused") for n in range(220, 0, -1)),
        history=tuple(happening(n, "decided", n) for n in range(900, 0, -1)),
    )

    versions, events = version_section(report), history_section(report)

    assert len(rows(versions)[0]) == MOST_VERSIONS
    assert rows(versions)[1].startswith(f"The newest {MOST_VERSIONS} of 220 versions")
    assert len(rows(events)[0]) == MOST_EVENTS
    assert rows(events)[1].startswith(f"The newest {MOST_EVENTS} of 900 events")


@pytest.mark.parametrize("section", [version_section, history_section])
def test_nothing_is_said_in_words(section):
    (prose,) = section(model_report(versions=(), history=())).blocks

    assert prose.text in ("No version is registered.", "Nothing has happened yet.")


def test_a_stage_without_other_words_is_called_as_it_is():
    assert stage_words("rolled back") == "rolled back"
