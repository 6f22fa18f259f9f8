from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from churn.errors import BundleError
from churn.evaluation.asked import EVERYTHING, Asked
from churn.evaluation.contest import MODEL, contest, kernels, on_group, whom
from churn.scoring.decision import contact
from tests.evidences import COSTS, evidence

FOUND = evidence(300, champion_auc=0.8)
DECISION = frozenset({"decision"})


def test_only_those_who_were_asked_for_compete():
    asked = Asked(rivals={"champion": DECISION, "oracle": DECISION})

    found = contest(FOUND, asked)

    assert list(found.rivals) == ["champion"]
    assert found.groups == ()
    assert set(kernels(found, asked)) == {MODEL, ("rival", "champion")}


def test_groups_are_read_where_figures_of_groups_are_asked_for():
    found = contest(FOUND, Asked(slices=DECISION))

    assert [group.group for group in found.groups] == ["basic", "family"]


@pytest.mark.parametrize(
    ("column", "words"), [("challenger", "the model"), ("rival__champion", "champion")]
)
def test_a_strange_probability_names_whose_it_is(column, words):
    strange = replace(FOUND, rows=FOUND.rows.with_columns(pl.lit(1.5).alias(column)))

    with pytest.raises(BundleError, match=f"probabilities of {words}"):
        contest(strange, EVERYTHING)


def test_a_group_is_measured_as_if_it_were_all_there_is():
    rows = contest(FOUND, EVERYTHING).rows
    chosen = np.arange(300) < 100
    scores = contest(FOUND, EVERYTHING).model

    found = on_group(chosen, DECISION, rows, scores)(np.ones((300, 1)))

    contacted = contact(scores[:100], rows.customer_value[:100], COSTS)
    assert found["contact_rate"][0] == contacted.mean()
    assert whom(rows, scores)[:100].tolist() == contacted.tolist()
