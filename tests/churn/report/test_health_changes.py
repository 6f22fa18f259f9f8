"""What changed, as the page of a model's health tells it."""

from churn.report.blocks import Charts, Fold, Prose, Table
from churn.report.health_changes import change_section, drift_section
from tests.healths import drifted, full_health, health


def test_days_are_drawn_and_findings_said():
    blocks = change_section(full_health()).blocks

    charts, finding = blocks
    assert isinstance(charts, Charts)
    assert [chart.caption for chart in charts.items] == [
        "ROC-AUC, estimated",
        "ROC-AUC, measured",
        "Scores a day",
        "Mean probability",
    ]
    assert "when made" in charts.items[0].drawing
    assert isinstance(finding, Fold)
    assert finding.summary == "1 finding in the data"
    (table,) = finding.blocks
    assert isinstance(table, Table)
    (row,) = table.groups[0].rows
    assert [(cell.text, cell.detail) for cell in row] == [
        ("Missing", "Plan is missing in 1%."),
        ("50", ""),
        ("1.0%", ""),
    ]
    assert change_section(health()).blocks == ()


def test_the_most_changed_comes_first_and_what_is_no_chance_is_marked():
    prose, table, *folds = drift_section(full_health()).blocks

    assert isinstance(prose, Prose)
    assert prose.text.startswith("3 distributions")
    assert "1 changed more than chance" in prose.text
    assert isinstance(table, Table)
    rows = table.groups[0].rows
    assert [row[0].text for row in rows] == ["spend_cents", "tenure_days", "the score"]
    assert [bool(row[0].mark) for row in rows] == [True, False, False]
    assert [cell.text for cell in rows[0][1:]] == [
        "0.2000",
        "0.100",
        "0.0500",
        "1.0% to 2.0%",
        "",
    ]
    assert [fold.summary for fold in folds if isinstance(fold, Fold)] == [
        "spend_cents: then and now",
        "tenure_days: then and now",
        "the score: then and now",
    ]


def test_too_few_rows_are_said_and_not_drawn():
    found = full_health(drift=(drifted("x", 0.0, distances=None),), score_drift=None)

    _, table = drift_section(found).blocks

    assert isinstance(table, Table)
    assert [cell.text for cell in table.groups[0].rows[0]][:2] == ["x", "too few rows"]


def test_of_many_features_the_rest_is_folded():
    many = tuple(drifted(f"feature_{n:02}", n / 1000) for n in range(20))

    blocks = drift_section(full_health(drift=many)).blocks

    folds = [block.summary for block in blocks if isinstance(block, Fold)]
    assert folds[0] == "9 more"
    assert drift_section(health()).blocks == ()


def test_a_single_day_is_no_line():
    (day, *_) = full_health().trend

    blocks = change_section(full_health(trend=(day,), quality=())).blocks

    assert blocks == ()
