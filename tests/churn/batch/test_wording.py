from dataclasses import replace

import numpy as np
import pytest

from churn.batch.wording import Wording, is_raising, reason_label, worded_reasons
from churn.model.columns import to_columns
from churn.model.spaces import KINDS
from churn.model.train import fit_recipe
from churn.scoring.reasons import Explainer
from tests.snapshot_rows import FEATURES, bundle, recipe, rows, windows


@pytest.mark.parametrize("kind", KINDS)
def test_reasons_are_those_of_the_explainer_what_raises_first(kind):
    model = bundle(kind)
    columns = to_columns(rows(50, seed=9), FEATURES)
    probability, matrix = model.score_and_matrix(columns)
    labels = {f.name: f.meaning.rstrip(".") for f in FEATURES}
    explained = Explainer.of(model).reasons(matrix, probability, most=99)

    told = worded_reasons(Wording.of(model), columns, matrix, most=3)

    for found, reasons in zip(told, explained, strict=True):
        raising = [r for r in reasons if r.log_odds > 0]
        lowering = [r for r in reasons if r.log_odds < 0]
        expected = [(labels[r.feature], r.log_odds > 0) for r in (*raising, *lowering)]
        assert [(reason_label(t), is_raising(t)) for t in found] == expected[:3]


def test_a_reason_says_what_the_customer_has_and_where_it_pushes():
    model = bundle()
    # Long tenure lowers, the basic plan raises: so the rows were made.
    columns, _ = model.inputs.columns(
        [{"tenure_days": 1, "plan": "basic"}, {"tenure_days": 1990, "plan": "größer"}]
    )
    matrix = model.matrix(columns)

    newcomer, regular = worded_reasons(Wording.of(model), columns, matrix, most=5)

    assert "Tenure: 1 day (raises)" in newcomer
    assert "Plan: basic (raises)" in newcomer
    assert "Tenure: 1,990 days (lowers)" in regular
    assert "Plan: größer (lowers)" in regular
    assert any(told.startswith("Spend: unknown (") for told in newcomer)
    assert any(told.startswith("Region: unknown (") for told in newcomer)


def test_what_moved_nothing_is_no_reason():
    plan = recipe("xgboost")
    one_split = plan.chosen.params | {"n_estimators": 1, "max_depth": 1}
    model = fit_recipe(
        windows(200), replace(plan, chosen=replace(plan.chosen, params=one_split))
    )
    columns = to_columns(rows(50, seed=9), FEATURES)

    told = worded_reasons(Wording.of(model), columns, model.matrix(columns), most=3)

    assert {len(reasons) for reasons in told} == {1}
    assert {is_raising(reason) for (reason,) in told} == {True, False}


def test_nobody_has_no_reasons():
    model = bundle()
    columns = to_columns(rows(50, seed=9).head(0), FEATURES)

    told = worded_reasons(
        Wording.of(model), columns, np.zeros((0, len(model.column_names)), np.float32)
    )

    assert told == []
