from datetime import date

from churn.eligibility import eligible_spine, feature_rows, no_feature_rows
from tests.businesses import BUSINESS, purchases

EARLY = (1, "a", "2024-01-20", "2024-01-20", 100, "web")
DAYS = [date(2024, 2, 1), date(2024, 2, 11), date(2024, 2, 21)]
FRAMES = {
    "purchases": purchases(
        (1, "a", "2024-01-20", "2024-01-20", 100, "web"),
        (2, "b", "2024-02-05", "2024-02-05", 200, "web"),
        (3, "a", "2024-02-15", "2024-02-18", 300, "shop"),
        (3, "a", "2024-02-15", "2024-02-20", 50, "shop"),
    )
}


def test_who_is_eligible_has_a_row_labelled_or_not() -> None:
    found = feature_rows(BUSINESS, FRAMES, DAYS)

    assert found.select("customer_id", "snapshot_date", "cents_30d").rows() == [
        ("a", DAYS[0], 100),
        ("a", DAYS[1], 100),
        ("b", DAYS[1], 200),
        ("a", DAYS[2], 50),
        ("b", DAYS[2], 200),
    ]


def test_the_columns_are_known_without_any_row() -> None:
    assert (
        no_feature_rows(BUSINESS).schema == feature_rows(BUSINESS, FRAMES, DAYS).schema
    )


def test_nobody_is_observed_before_anything_was_known_of_them() -> None:
    always = BUSINESS.__class__(**(vars(BUSINESS) | {"eligible": "purchases >= 0"}))
    late = (2, "b", "2024-01-30", "2024-02-02", 100, "web")
    frames = {"purchases": purchases(EARLY, late)}

    found = eligible_spine(always, frames, [date(2024, 2, 1), date(2024, 2, 2)])

    assert found["customer_id"].to_list() == ["a", "a", "b"]
