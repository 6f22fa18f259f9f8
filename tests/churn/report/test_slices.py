from dataclasses import replace

import pytest

from churn.evaluation.scorecard import Estimate
from churn.report.slices import slice_section
from tests.scorecards import a_slice, scorecard, slices


def only(figures, overall):
    one = replace(a_slice("plan", "basic", 500), figures=figures)
    card = replace(scorecard(), slices=(one,), figures=overall)
    return slice_section(card).blocks[0].groups[0].rows[0]


def test_every_group_stands_below_the_name_of_its_slice():
    table = slice_section(scorecard()).blocks[0]

    found = [(g.name, row[0].text) for g in table.groups for row in g.rows]
    assert found == [(s.name.capitalize(), s.group) for s in slices()]


@pytest.mark.parametrize(
    ("name", "low", "high", "weaker"),
    [
        ("roc_auc", 0.60, 0.69, True),
        ("roc_auc", 0.60, 0.71, False),
        ("roc_auc", 0.75, 0.80, False),
        ("ece", 0.75, 0.80, True),
        ("ece", 0.60, 0.69, False),
    ],
)
def test_a_group_is_weaker_when_its_whole_interval_is_on_the_worse_side(
    name, low, high, weaker
):
    figure = Estimate((low + high) / 2, low, high, 500)

    cell = only({name: figure}, {name: Estimate(0.7, 0.65, 0.75, 9)})[2]

    assert (cell.mark is not None) == weaker


def test_an_undefined_figure_of_a_group_is_said_and_not_drawn():
    figure = {"roc_auc": Estimate(None, None, None, 0)}

    cell = only(figure, {"roc_auc": Estimate(0.7, 0.65, 0.75, 9)})[2]

    assert (cell.text, cell.mark, cell.plot) == ("undefined", None, "")


def test_a_group_without_figures_or_rows_is_still_listed():
    empty = replace(a_slice("plan", "basic", 500), figures={}, n_rows=0, n_churners=0)

    table = slice_section(replace(scorecard(), slices=(empty,))).blocks[0]

    assert table.groups[0].rows[0][1].detail == "undefined churned"


def test_no_slices_are_said_in_a_sentence():
    (block,) = slice_section(replace(scorecard(), slices=())).blocks

    assert block.text == "No slice has figures of its own."


def test_all_figures_of_each_slice_are_in_the_fold():
    fold = slice_section(scorecard()).blocks[1]

    assert [table.caption.partition(":")[0] for table in fold.blocks] == [
        "Plan",
        "Tenure",
        "Region",
        "Payment",
    ]
    assert fold.blocks[0].head[1:3] == ("basic", "family")
