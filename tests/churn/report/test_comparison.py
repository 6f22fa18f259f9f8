from dataclasses import replace

from churn.evaluation.scorecard import CurvePoint
from churn.report.blocks import Prose, Table
from churn.report.comparison import comparison_section, curve_section, figure_cell
from tests.scorecards import MODEL, estimate, scorecard


def tables(section):
    return [block for block in section.blocks if isinstance(block, Table)]


def test_opponents_stand_in_one_order_whatever_the_order_of_the_scorecard():
    card = scorecard()
    turned = replace(card, opponents=dict(reversed(card.opponents.items())))

    assert tables(comparison_section(turned))[0].head == (
        "Figure",
        "This model",
        "Champion",
        "Plain logistic",
        "Best single rule",
        "Majority",
        "Oracle",
    )
    assert comparison_section(turned) == comparison_section(card)


def test_an_unlisted_opponent_stands_before_the_oracle():
    card = scorecard()
    stranger = replace(card.opponents["majority"], name="coin_toss")
    opponents = {**card.opponents, "coin_toss": stranger}

    head = tables(comparison_section(replace(card, opponents=opponents)))[0].head

    assert head[-2:] == ("Coin toss", "Oracle")


def test_all_figures_are_in_the_fold():
    fold = next(b for b in comparison_section(scorecard()).blocks if b.kind == "fold")

    table, meanings = fold.blocks
    assert len(table.groups[0].rows) == len(MODEL)
    assert len(meanings.items) == len(MODEL)


def test_a_figure_that_only_opponents_have_does_not_apply_to_the_model():
    name = "high_value_recall_ratio"
    card = scorecard()
    logistic = card.opponents["logistic"]
    own = replace(logistic, figures={**logistic.figures, name: estimate(1.02)})
    opponents = {**card.opponents, "logistic": own}

    section = comparison_section(replace(card, opponents=opponents))

    fold = next(b for b in section.blocks if b.kind == "fold")
    last = fold.blocks[0].groups[0].rows[-1]
    assert last[0].text == "High-value recall ratio"
    assert (last[1].text, last[3].text) == ("does not apply", "1.02×")


def test_an_undefined_figure_has_no_interval():
    cell = figure_cell(estimate(None), "roc_auc")

    assert (cell.text, cell.detail) == ("undefined", "")


def test_a_champion_that_is_the_same_bundle_is_pointed_out():
    card = replace(scorecard(), champion_is_same_bundle=True)

    notes = [b for b in comparison_section(card).blocks if isinstance(b, Prose)]

    assert "this very bundle" in notes[0].text


def test_no_opponents_leave_a_table_and_no_chart():
    section = comparison_section(replace(scorecard(), opponents={}))

    assert tables(section)[0].head == ("Figure", "This model")
    assert not [block for block in section.blocks if block.kind == "charts"]


def test_the_profit_curve_marks_where_the_decision_contacts():
    (charts,) = curve_section(scorecard()).blocks

    assert "the decision: 15.3%" in charts.items[2].drawing


def test_curves_are_told_in_words():
    card = replace(scorecard(), reliability=(CurvePoint(0.1, 0.2, None, None, 5),))

    (charts,) = curve_section(card).blocks

    assert "<desc>predicted 10.0%, observed 20.0%</desc>" in charts.items[0].drawing


def test_paired_gains_are_marked_beside_each_opponent_but_the_oracle():
    table = tables(comparison_section(scorecard()))[0]

    auc = table.groups[0].rows[0]
    assert [cell.mark.symbol if cell.mark else "" for cell in auc[2:]] == [
        *"▲▲▲▲",
        "",
    ]
