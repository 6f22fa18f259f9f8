from dataclasses import replace

import pytest

from churn.evaluation.scorecard import Estimate, Opponent
from churn.report.outcome import advantage, decision_section, headline_section
from tests.scorecards import APPROVED, GATES, REFUSED, content, opponent, scorecard


def checks(decision):
    return decision_section(replace(content(), decision=decision)).blocks[2].items


def test_an_approval_says_what_became_of_the_version():
    verdict = decision_section(content()).blocks[0]

    assert verdict.mark.words == "Approved"
    assert verdict.sentence == (
        "Version 12 takes stage staging, where its rollout begins."
    )


def test_a_refusal_shows_the_refusing_gate_first():
    first = checks(REFUSED)[0]

    assert (first.mark.words, first.aside) == ("Failed", "refuses the model")
    assert first.figure == "−40 EUR (−212 to 130)"
    assert first.against == "bound 0 EUR"


def test_the_reason_calls_gates_as_the_list_below_does():
    refused, approved = (
        decision_section(replace(content(), decision=decision)).blocks[0].detail
        for decision in (REFUSED, APPROVED)
    )

    assert refused == (
        "1 of 7 gates failed: “Beats champion net value per 1,000 customers”"
    )
    assert approved == (
        "6 of 7 gates passed, 1 is undecided and does not block: “Slices”"
    )


def test_a_gate_s_figure_has_the_unit_of_its_metric_whatever_it_is_called():
    gate = replace(
        GATES[5],
        name="earns_money",
        sentence="net_value_per_1000_eur 210 (38 to 391); wanted at least 0",
    )

    (check,) = checks(replace(APPROVED, gates=(gate,)))

    assert check.name == "Earns money"
    assert check.figure == "210 EUR (38 to 391)"
    assert check.sentence.startswith("Net value per 1,000 customers 210")


def test_a_gate_that_failed_without_blocking_says_it_does_not_refuse():
    warning = replace(GATES[0], outcome="failed", blocks=False)

    (check,) = checks(replace(APPROVED, gates=(warning,)))

    assert check.aside == "does not refuse"


def test_a_gate_speaks_of_its_figure_by_its_label_and_in_its_unit():
    by_name = {check.name: check for check in checks(APPROVED)}

    assert by_name["High-value recall"].against == "bound 75%"
    assert by_name["Beats champion net value per 1,000 customers"].against == (
        "bound 0 EUR"
    )
    assert by_name["Floor ROC-AUC"].figure == "0.842 (0.817 to 0.868)"


def test_a_gate_without_observation_or_bound_shows_its_sentence_alone():
    silent = replace(GATES[0], name="leak_alarm", observed=None, bound=None)

    (check,) = checks(replace(APPROVED, gates=(silent,)))

    assert (check.figure, check.against, check.plot) == ("", "", "")
    assert check.sentence


def test_the_policy_line_counts_outcomes_and_misses_the_champion():
    alone = replace(content(), decision=replace(APPROVED, has_champion=False))

    text = decision_section(alone).blocks[1].text

    assert text == (
        "Policy “improve”, 7 gates: 6 passed, 1 undecided. "
        "There was no champion to compare with."
    )


@pytest.mark.parametrize(
    ("low", "high", "symbol"), [(0.1, 0.3, "▲"), (-0.3, -0.1, "▼"), (-0.1, 0.1, "≈")]
)
def test_an_advantage_needs_an_interval_clear_of_zero(low, high, symbol):
    gain = Estimate((low + high) / 2, low, high, 9)

    assert advantage(Opponent("champion", "", {}, {"f1": gain}), "f1").symbol == symbol


def test_nothing_is_claimed_where_the_gain_is_undefined_or_the_opponent_all_knowing():
    gain = Estimate(-0.2, -0.3, -0.1, 9)
    unknown = Estimate(None, None, None, 0)

    assert advantage(Opponent("oracle", "", {}, {"f1": gain}), "f1") is None
    assert advantage(Opponent("champion", "", {}, {"f1": unknown}), "f1") is None
    assert advantage(Opponent("champion", "", {}, {}), "f1") is None


def test_a_tile_shows_champion_nearest_baseline_and_oracle():
    (tiles,) = headline_section(scorecard()).blocks

    auc = next(tile for tile in tiles.items if tile.label == "ROC-AUC")
    assert [note.label for note in auc.notes] == [
        "Champion",
        "Plain logistic",
        "Oracle",
        "Of the oracle's lead",
    ]


def test_the_share_of_the_oracles_lead_is_measured_from_guessing():
    perfect = replace(opponent("oracle", 1.0), figures={"roc_auc": _auc(0.9)})
    card = replace(
        scorecard(), figures={"roc_auc": _auc(0.8)}, opponents={"oracle": perfect}
    )

    (tile,) = headline_section(card).blocks[0].items

    assert tile.notes[-1].text == "75.0%"


def test_headline_figures_that_were_not_measured_have_no_tile():
    card = replace(scorecard(), figures={"roc_auc": _auc(None)}, opponents={})

    (tile,) = headline_section(card).blocks[0].items

    assert (tile.value, tile.detail, tile.notes) == ("undefined", "", ())


def _auc(value):
    return Estimate(value, value, value, 9)
