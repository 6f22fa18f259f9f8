from dataclasses import replace

from churn.report.origin import data_section, feature_section, model_section
from tests.scorecards import FEATURES, content, quality


def rows(table):
    return [row for group in table.groups for row in group.rows]


def test_features_are_listed_by_falling_importance_and_unmeasured_ones_last():
    importance = {"plan": 0.05, "tenure_days": 0.08}

    table = feature_section(FEATURES[:4], importance).blocks[0]

    assert [row[0].text for row in rows(table)[:2]] == ["tenure_days", "plan"]
    assert [row[1].text for row in rows(table)] == [
        "+0.0800",
        "+0.0500",
        "not measured",
        "not measured",
    ]


def test_no_feature_is_lost_between_the_table_and_the_fold():
    first, fold = feature_section(FEATURES, {}).blocks

    assert len(rows(first)) == 12
    assert len(rows(first)) + len(rows(fold.blocks[0])) == len(FEATURES)


def test_a_feature_the_model_may_not_use_is_not_listed():
    hidden = replace(FEATURES[0], in_model=False)

    (table,) = feature_section((hidden, *FEATURES[1:3]), {}).blocks

    assert hidden.name not in [row[0].text for row in rows(table)]


def test_importance_that_helps_nobody_draws_an_empty_bar():
    table = feature_section(FEATURES[:1], {"logins_30_days": -0.002}).blocks[0]

    assert 'width="0.0"' in rows(table)[0][1].plot


def test_the_chosen_candidate_is_named():
    table = model_section(content().model).blocks[-1]

    assert [row[0].detail for row in rows(table)] == ["chosen", "", ""]


def test_damage_by_resampling_is_set_apart_and_a_fixed_model_has_no_candidates():
    model = replace(
        content().model, candidates=(), imbalance_damage="SMOTE raised the error."
    )

    facts, damage = model_section(model).blocks

    assert facts.kind == "facts"
    assert (damage.text, damage.tone) == ("SMOTE raised the error.", "unsure")


def test_a_window_of_one_day_shows_one_date():
    window = content().windows[0]
    day = replace(window, last_snapshot=window.first_snapshot)

    table = data_section((day,), ()).blocks[0]

    assert rows(table)[0][0].detail == "2023-04-01"


def test_quarantined_rows_are_shown_with_the_rules_they_broke():
    tables = (quality("payments", 1000, {"amount": 12, "key": 3}), quality("x", 0, {}))

    table = data_section((), tables).blocks[1]

    payments, empty = rows(table)
    assert payments[0].detail == "amount: 12; key: 3"
    assert [cell.text for cell in payments[1:]] == ["1,000", "15", "1.5%"]
    assert (empty[0].detail, empty[3].text) == ("no rule broken", "undefined")
