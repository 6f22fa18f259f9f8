"""What tests of harm are called."""

import pytest

from churn.report.health_words import form_of, name_of


@pytest.mark.parametrize(
    ("unit", "form"),
    [("ROC-AUC", "score"), ("share", "share"), ("EUR per 1,000 customers", "eur")],
)
def test_a_unit_says_how_its_figures_are_written(unit, form):
    assert form_of(unit) == form


def test_a_name_nobody_knows_is_made_readable():
    assert name_of("estimated_net_value") == "Estimated net value"
