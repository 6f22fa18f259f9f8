from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from churn.dataset import Dataset, Expectation
from churn.evaluation.evidence import BEHAVIOUR, customer_codes
from churn.evaluation.observations import Expected
from churn.features.declarations import Ratio
from churn.probes.behaviour import expected_of, try_expectations
from churn.scoring.bundle import Bundle
from tests.snapshot_rows import FEATURES, bundle, rows

LONGER = Expectation(
    name="stays_longer",
    meaning="Who has stayed longer is not likelier to leave.",
    change={"tenure_days": "tenure_days + 100"},
    direction="never_rises",
)
MOVES = Expectation(
    name="moves",
    meaning="Where they live does not matter.",
    change={"region": "CASE region WHEN 'north' THEN 'south' ELSE 'north' END"},
    direction="never_moves",
)
SHOP = Dataset(
    name="shop",
    kind="table",
    tables={},
    features=FEATURES,
    customer_value="1",
    expectations=(LONGER, MOVES),
)


class Stub(Bundle):
    """A bundle that scores as a test says, of features it describes as seen."""

    def score(self, columns: Any) -> Any:
        return self.session(columns)


def scoring(function: Any, **described: Any) -> Bundle:
    """A model of ``tenure_days``, trained on 0 to 1000 days and none missing."""
    tenure = {"name": "tenure_days", "kind": "number", "missing_share": 0.0}
    seen = tenure | {"min": 0.0, "max": 1000.0} | described
    return Stub({"features": [seen]}, {}, function)


def people(tenures: list[float | None]) -> pl.DataFrame:
    n = len(tenures)
    return rows(n, seed=1).with_columns(
        customer_id=pl.Series([f"c{i}" for i in range(n)]),
        tenure_days=pl.Series(tenures, dtype=pl.Float64),
    )


def tried(model: Bundle, test: pl.DataFrame, **changes: Any) -> pl.DataFrame:
    return try_expectations(
        replace(SHOP, **({"expectations": (LONGER,)} | changes)),
        model,
        test,
        most_customers=1000,
        seed=1,
    )


def falling(columns: Any) -> Any:
    return 0.5 - columns["tenure_days"].astype(float) / 10_000


def test_rows_are_scored_as_they_are_and_after_the_change() -> None:
    found = tried(scoring(falling), people([0, 500]))

    assert found.schema == BEHAVIOUR
    assert sorted(found["before"]) == [0.45, 0.5]
    np.testing.assert_allclose(found["before"] - found["after"], [0.01, 0.01])


def test_the_code_of_a_customer_is_that_among_all_of_the_test_window() -> None:
    test = people([0, 500, 2000])
    codes = customer_codes(test["customer_id"]).to_list()

    found = tried(scoring(falling), test)

    by_code = dict(zip(found["customer"], found["before"], strict=True))
    assert by_code == {codes[0]: 0.5, codes[1]: 0.45}


def test_nobody_is_carried_beyond_what_training_saw() -> None:
    found = tried(scoring(falling), people([0, 900, 901, 1000, None]))

    assert sorted(found["before"]) == pytest.approx([0.41, 0.5])


def test_whom_training_never_saw_is_still_asked_about_other_changes() -> None:
    tall = scoring(falling)
    tall.manifest["features"].append(
        {"name": "visits", "kind": "number", "missing_share": 1.0, "min": 0, "max": 0}
    )

    found = tried(tall, people([0]).with_columns(visits=pl.lit(99)))

    assert len(found) == 1


@pytest.mark.parametrize(("missing_share", "n"), [(0.0, 0), (0.2, 1)])
def test_a_value_goes_missing_only_where_training_saw_that(
    missing_share: float, n: int
) -> None:
    lost = replace(LONGER, change={"tenure_days": "NULL"})
    model = scoring(lambda c: np.full(len(c["tenure_days"]), 0.3), missing_share=0.2)
    model.manifest["features"][0]["missing_share"] = missing_share

    assert len(tried(model, people([0]), expectations=(lost,))) == n


def test_an_unknown_category_is_not_tried() -> None:
    plan = {"name": "plan", "kind": "category", "missing_share": 0.0}
    model = Stub(
        {"features": [plan | {"categories": ["basic", "plus"]}]},
        {},
        lambda c: np.full(len(c["plan"]), 0.3),
    )
    changes = [
        replace(LONGER, name=to, change={"plan": f"'{to}'"}) for to in ("plus", "gold")
    ]
    test = people([0, 0]).with_columns(plan=pl.lit("basic"))

    found = tried(model, test, expectations=tuple(changes))

    assert found["expectation"].to_list() == ["plus", "plus"]


def test_customers_whom_the_change_does_not_touch_are_left_out() -> None:
    capped = replace(LONGER, change={"tenure_days": "LEAST(tenure_days + 1, 10)"})

    found = tried(scoring(falling), people([3, 10]), expectations=(capped,))

    assert len(found) == 1


def test_a_change_of_what_the_model_does_not_read_moves_no_score() -> None:
    found = tried(scoring(falling), people([1, 2, 3]), expectations=(MOVES,))

    assert len(found) == 3
    assert found["before"].equals(found["after"], check_names=False)


def test_a_customer_counts_once_at_the_first_row() -> None:
    test = people([1, 2]).with_columns(customer_id=pl.lit("same"))

    found = tried(scoring(falling), test)

    assert found["before"].to_list() == [0.4999]


def test_no_more_customers_are_drawn_than_asked_for_whatever_their_order() -> None:
    test = people([float(i) for i in range(50)])
    drawn = [
        try_expectations(
            replace(SHOP, expectations=(LONGER,)),
            scoring(falling),
            frame,
            most_customers=10,
            seed=4,
        )
        for frame in (test, test.reverse())
    ]

    assert len(drawn[0]) == 10
    assert drawn[0].equals(drawn[1])


def test_a_data_set_without_expectations_gives_no_rows() -> None:
    found = tried(scoring(falling), people([1]), expectations=())

    assert found.is_empty()
    assert found.schema == BEHAVIOUR


def test_what_is_made_of_a_changed_feature_reaches_the_model_changed() -> None:
    per_visit = Ratio(
        name="days_per_visit",
        numerator="tenure_days",
        denominator="visits",
        unit="u",
        meaning="m",
    )
    model = Stub(
        {
            "features": [
                {
                    "name": "days_per_visit",
                    "kind": "number",
                    "missing_share": 0.0,
                    "min": 0.0,
                    "max": 1e6,
                }
            ]
        },
        {},
        lambda c: c["days_per_visit"].astype(float) / 1000,
    )
    test = people([100]).with_columns(visits=pl.lit(4), days_per_visit=pl.lit(25.0))

    found = tried(model, test, features=(*FEATURES, per_visit))

    assert found["before"].to_list() == [0.025]
    assert found["after"].to_list() == [0.05]


def test_a_real_bundle_is_tried_through_its_own_manifest() -> None:
    model = bundle("logistic_regression")

    found = try_expectations(SHOP, model, rows(300, seed=5), most_customers=200, seed=1)

    longer = found.filter(expectation="stays_longer")
    assert 0 < len(longer) <= 200
    # The rows were made so that who stays longer leaves less.
    assert (longer["after"] - longer["before"]).mean() < -0.02


def test_expectations_are_told_by_name() -> None:
    assert expected_of(SHOP) == {
        "stays_longer": Expected("never_rises", LONGER.meaning),
        "moves": Expected("never_moves", MOVES.meaning),
    }
