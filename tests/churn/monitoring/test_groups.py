import numpy as np

from churn.evaluation.slices import MISSING
from churn.monitoring.groups import (
    MOST_GROUPS,
    OTHER,
    count_slices,
    group_codes,
    largest_groups,
)
from tests.churn.monitoring.test_scores import ECONOMICS, some_rows


def test_every_row_is_in_its_group_and_strangers_are_others() -> None:
    labels = ["north", None, "new", "south", "north"]
    known = {"region=north", "region=south", f"region={MISSING}", "plan=new"}

    groups, codes = group_codes("region", labels, known)

    assert [groups[code] for code in codes] == [
        "north",
        MISSING,
        OTHER,
        "south",
        "north",
    ]


def test_counts_are_those_of_the_groups_rows_alone() -> None:
    rows = some_rows(90, seed=4)
    labels = ["a", "b", None] * 30

    counts = count_slices(rows, {"plan": labels}, ECONOMICS, known=None)

    assert set(counts) == {"plan=a", "plan=b", f"plan={MISSING}"}
    assert all(one.n_rows == 30 for one in counts.values())
    np.testing.assert_allclose(
        counts["plan=b"].p_sum.sum(), rows.probability[1::3].sum()
    )


def test_of_too_many_groups_the_largest_are_kept() -> None:
    labels = [f"g{k}" for k in range(MOST_GROUPS + 4)] + ["g33", "g33"]

    kept = largest_groups({"city": labels, "plan": [None]})

    assert len(kept) == MOST_GROUPS + 1
    assert {"city=g33", f"plan={MISSING}"} <= kept


def test_no_rows_have_no_groups() -> None:
    assert count_slices(some_rows(0, seed=5), {"plan": []}, ECONOMICS, None) == {}
