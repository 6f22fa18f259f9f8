"""What a model is worth, as its page of health tells it."""

from churn.evaluation.scorecard import Estimate
from churn.report.blocks import Fold, Table, Tiles
from churn.report.health_figures import figure_section, label_section, slice_section
from tests.healths import full_health, health, labelling, measured


def tiles(found):
    (block,) = [b for b in figure_section(found).blocks if isinstance(b, Tiles)]
    return {tile.label: tile for tile in block.items}


def tables(found):
    blocks = label_section(found, labelling()).blocks
    return [block for block in blocks if isinstance(block, Table)]


def test_figures_by_labels_come_before_estimated_ones():
    tile = tiles(full_health())["ROC-AUC"]

    assert (tile.value, tile.detail) == ("0.800", "scores of 2025-03-01 to 2025-03-31")
    assert [(note.label, note.text) for note in tile.notes] == [
        ("by labels", "0.760 to 0.840"),
        ("estimated", "0.800"),
        ("weighted", "0.800"),
        ("when made", "0.800"),
    ]


def test_what_labels_say_is_held_against_what_labels_said_when_the_model_was_made():
    known = measured(reference={"roc_auc": Estimate(0.77, None, None, 900)})

    by_labels = tiles(full_health(measured=known))["ROC-AUC"]
    estimated = tiles(full_health(measured=None, early=None))["ROC-AUC"]

    assert by_labels.notes[-1].text == "0.770"
    assert estimated.notes[-1].text == "0.800"


def test_without_labels_the_estimate_is_shown_and_said_to_be_one():
    tile = tiles(full_health(measured=None, early=None))["Recall"]

    assert (tile.value, tile.detail) == ("40.0%", "without labels")
    assert tile.notes[0].label == "estimated"


def test_what_nobody_knows_is_undefined():
    tile = tiles(health())["Churn rate"]

    assert tile.value == "undefined"
    assert tile.notes[0].text == "no interval"


def test_early_labels_are_shown_corrected_beside_the_naive_figure():
    matured, early, _ = tables(full_health())

    assert "as if all others stay" not in matured.head
    assert early.head == ("Figure", "now", "95%", "as if all others stay", "when made")
    assert early.caption.startswith("Early labels: 4,000 scores of 2025-03-01")


def test_each_tenth_of_the_scores_is_shown_beside_what_was_expected():
    residuals = tables(full_health())[-1]

    first = residuals.groups[0].rows[0]
    assert [cell.text for cell in first] == [
        "1",
        "400",
        "30.0%",
        "34.0% (30.0% to 38.0%)",
    ]


def test_a_figure_that_is_undefined_has_no_row():
    found = measured(figures={"roc_auc": Estimate(None, None, None, 0)}, residuals=())

    (table, _) = tables(full_health(measured=found))

    assert table.groups[0].rows == ()


def test_groups_are_folded_with_their_ranking():
    (fold,) = slice_section(full_health()).blocks

    assert isinstance(fold, Fold)
    assert fold.summary == "1 group"
    (table,) = fold.blocks
    assert isinstance(table, Table)
    cells = [cell.text for cell in table.groups[0].rows[0]]
    assert cells == ["basic", "2,000", "unknown", "0.790 (0.750 to 0.830)", "0.810"]
