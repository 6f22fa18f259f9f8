from datetime import date

import pytest

from churn.dataset import Label
from churn.errors import NotEnoughDataError
from churn.snapshots import (
    SnapshotPlan,
    build_snapshots,
    matured_dates,
)
from datasets.catalogue import load
from tests.businesses import BUSINESS, moment, purchases

PLAN = SnapshotPlan(date(2024, 2, 1), 30, lead_time_days=10, horizon_days=20)
EARLY = (1, "a", "2024-01-20", "2024-01-20", 100, "web")


def labels(*rows: tuple[int, str, str, str, int, str], as_of: str) -> list[bool]:
    built = build_snapshots(
        BUSINESS, {"purchases": purchases(*rows)}, PLAN, as_of=moment(as_of)
    )
    return built["is_churn"].to_list()


@pytest.mark.parametrize(
    ("as_of", "n_dates"), [("2024-03-01", 0), ("2024-03-02", 1), ("2024-04-01", 2)]
)
def test_a_snapshot_matures_when_its_label_window_has_closed(
    as_of: str, n_dates: int
) -> None:
    assert len(matured_dates(PLAN, as_of=moment(as_of))) == n_dates


@pytest.mark.parametrize(
    ("bought", "is_churn"),
    [
        ("2024-02-05", True),
        ("2024-02-11", True),
        ("2024-02-11T00:01", False),
        ("2024-03-02", False),
        ("2024-03-02T00:01", True),
    ],
)
def test_only_the_label_window_after_the_lead_time_counts(
    bought: str, is_churn: bool
) -> None:
    later = (2, "a", bought, bought, 100, "web")

    assert labels(EARLY, later, as_of="2024-03-05")[:1] == [is_churn]


def test_what_became_known_after_as_of_changes_no_label() -> None:
    late = (2, "a", "2024-02-20", "2024-03-10", 100, "web")

    assert labels(EARLY, late, as_of="2024-03-05") == [True]
    assert labels(EARLY, late, as_of="2024-03-11") == [False]


def test_customers_who_leave_in_the_lead_time_get_no_label() -> None:
    label = Label(table="purchases", where="shop = 'exit'", outcome="occurs")
    business = BUSINESS.__class__(**(vars(BUSINESS) | {"label": label}))
    frame = purchases(
        EARLY,
        (2, "b", "2024-01-21", "2024-01-21", 100, "web"),
        (3, "a", "2024-02-05", "2024-02-05", 0, "exit"),
        (4, "b", "2024-02-15", "2024-02-15", 0, "exit"),
    )

    built = build_snapshots(
        business, {"purchases": frame}, PLAN, as_of=moment("2024-03-02")
    )

    assert built.select("customer_id", "is_churn").rows() == [("b", True)]


def test_only_eligible_customers_are_observed() -> None:
    old = (2, "b", "2023-11-01", "2023-11-01", 100, "web")

    assert len(labels(EARLY, old, as_of="2024-03-02")) == 1


def test_value_and_slices_are_computed_from_the_features() -> None:
    built = build_snapshots(
        BUSINESS, {"purchases": purchases(EARLY)}, PLAN, as_of=moment("2024-03-02")
    )

    assert built.select("customer_value", "slice__shop").row(0) == (1.0, "web")


def test_too_early_a_moment_says_when_the_first_snapshot_matures() -> None:
    with pytest.raises(NotEnoughDataError, match="needs 30 days, and as_of is 2024-02"):
        labels(EARLY, as_of="2024-02-20")


def test_nobody_eligible_names_the_rule() -> None:
    with pytest.raises(NotEnoughDataError, match="purchases_30d >= 1"):
        labels((1, "b", "2023-01-01", "2023-01-01", 1, "web"), as_of="2024-03-02")


def test_a_table_without_good_rows_is_named() -> None:
    telco = load("telco")
    empty = telco.tables["customers"].schema.create_empty()

    with pytest.raises(NotEnoughDataError, match="table customers has no good row"):
        build_snapshots(telco, {"customers": empty}, None, as_of=moment("2024-01-01"))
