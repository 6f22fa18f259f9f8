from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from churn.batch.parts import used_features
from churn.batch.record import HAS_LEFT, SCORES, BatchPlan
from churn.batch.score import Customers, Scorer, deciles, score_date, side_by_side
from churn.batch.targets import TargetPlan
from churn.batch.wording import Wording, worded_reasons
from churn.errors import (
    DataError,
    NotEnoughDataError,
    QuarantineLimitError,
)
from churn.model.columns import to_columns
from churn.monitoring.documents import day_document
from churn.scoring.decision import contact, expected_net_value
from tests.snapshot_rows import FEATURES, bundle, rows

DAY = date(2024, 3, 1)
BUNDLE = bundle("xgboost")
SCORER = Scorer(
    bundle=BUNDLE,
    features=used_features(BUNDLE, FEATURES),
    model="churn-shop",
    version="4",
    day=DAY,
    named=str,
)
ALL = TargetPlan(budget_eur=None, most_customers=None, share=None)
PLAN = BatchPlan(reasons="targets", targets=ALL, threads=2)


def customers(n: int, **changed: pl.Expr) -> pl.DataFrame:
    built = rows(n, seed=5).with_columns(
        customer_value=pl.int_range(n) * 10.0,
        slice__plan=pl.col("plan"),
    )
    return built.drop("is_churn").with_columns(**changed)


def stored(frame: pl.DataFrame, part_rows: int = 64) -> Customers:
    return Customers(lambda: frame.iter_slices(part_rows), lambda part: part)


def scored(frame, *, plan=PLAN, part_rows=64, most=0.0, scorer=SCORER):
    return score_date(
        scorer, stored(frame, part_rows), plan, max_quarantined_share=most
    )


def only(row: int, value: object, column: str) -> dict[str, pl.Expr]:
    is_row = pl.int_range(pl.len()) == row
    return {column: pl.when(is_row).then(pl.lit(value)).otherwise(pl.col(column))}


def test_everybody_gets_the_probability_and_decision_that_a_server_would_give():
    frame = customers(300)

    found = scored(frame).rows

    p = BUNDLE.score(to_columns(frame, FEATURES))
    value = frame["customer_value"].to_numpy()
    assert found.schema == pl.Schema(SCORES)
    assert found["customer_id"].to_list() == frame["customer_id"].to_list()
    assert found["probability"].to_list() == p.tolist()
    assert found["customer_value_eur"].to_list() == value.tolist()
    assert found["expected_net_value_eur"].to_list() == (
        expected_net_value(p, value, BUNDLE.economics).tolist()
    )
    decided = np.where(contact(p, value, BUNDLE.economics), "contact", "no_contact")
    assert found["decision"].to_list() == decided.tolist()
    assert 0 < (decided == "contact").sum() < 300


def test_who_has_left_is_scored_and_neither_contacted_nor_listed():
    frame = customers(300)
    gone = pl.int_range(300) % 3
    known = frame.with_columns(
        pl.when(gone == 0).then(True).when(gone == 1).then(False).alias(HAS_LEFT)
    )
    few = replace(PLAN, targets=replace(ALL, most_customers=20))

    found, before = scored(known, plan=few), scored(frame, plan=few)

    is_gone = found.rows["customer_id"].is_in(known.filter(gone == 0)["customer_id"])
    left, there = found.rows.filter(is_gone), found.rows.filter(~is_gone)
    assert (found.n_left, before.n_left) == (100, 0)
    assert set(left.select("decision", "rank").rows()) == {("no_contact", 0)}
    as_before = before.rows.filter(~is_gone)
    assert there["decision"].equals(as_before["decision"])
    # Nobody who left takes a place of who can be contacted.
    worth = there.filter(decision="contact").sort("expected_net_value_eur")
    assert worth.tail(20)["rank"].to_list() == list(range(20, 0, -1))
    same = ["customer_id", "probability", "decile", "expected_net_value_eur"]
    assert found.rows.select(same).equals(before.rows.select(same))
    assert day_document(found.profile) == day_document(before.profile)


def test_threads_move_no_bit():
    frame = customers(300)

    one = scored(frame, plan=replace(PLAN, threads=1))
    many = scored(frame, plan=replace(PLAN, threads=5))

    assert_frame_equal(one.rows, many.rows, check_exact=True)
    assert day_document(one.profile) == day_document(many.profile)


def test_neither_the_order_of_the_rows_nor_the_parts_matter():
    frame = customers(300)

    one = scored(frame, part_rows=1000)
    many = scored(frame.sample(fraction=1, shuffle=True, seed=3), part_rows=7)

    # A graph may sum a part of another size in another order.
    assert_frame_equal(one.rows, many.rows, abs_tol=1e-5)
    assert one.profile.features == many.profile.features


def test_deciles_are_of_the_whole_run_and_ties_go_by_customer():
    frame = customers(100).with_columns(
        pl.when(pl.int_range(100) < 30)
        .then(pl.col(f.name).first())
        .otherwise(pl.col(f.name))
        .alias(f.name)
        for f in FEATURES
    )

    found = scored(frame, part_rows=9).rows

    ordered = found.sort("probability", "customer_id", descending=[True, False])
    assert ordered["decile"].to_list() == [1 + place // 10 for place in range(100)]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_deciles_are_as_large_as_one_another_and_fall_with_the_probability(values):
    found = deciles(np.array(values))

    sizes = np.bincount(found, minlength=11)[1:]
    assert sizes.max() - sizes.min() <= 1
    assert all(
        values[i] >= values[j]
        for i in range(len(values))
        for j in range(len(values))
        if found[i] < found[j]
    )


def test_only_the_target_list_is_explained_unless_all_are_asked_for():
    frame = customers(200)
    few = replace(PLAN, targets=replace(ALL, most_customers=5))

    listed = scored(frame, plan=few).rows
    everybody = scored(frame, plan=replace(few, reasons="all")).rows
    nobody = scored(frame, plan=replace(few, reasons="none")).rows

    has = listed["reasons"].is_not_null()
    assert (has == (listed["rank"] > 0)).all()
    assert sorted(listed["rank"].filter(has).to_list()) == [1, 2, 3, 4, 5]
    assert everybody["reasons"].null_count() == 0
    assert nobody["reasons"].null_count() == 200
    assert listed.filter(has)["reasons"].equals(everybody.filter(has)["reasons"])


def test_a_customers_reasons_are_their_own():
    frame = customers(40).sample(fraction=1, shuffle=True, seed=1)

    found = scored(frame, plan=replace(PLAN, reasons="all"), part_rows=3).rows

    columns = to_columns(frame, FEATURES)
    _, matrix = BUNDLE.score_and_matrix(columns)
    told = worded_reasons(Wording.of(BUNDLE), columns, matrix)
    own = dict(zip(frame["customer_id"], told, strict=True))
    assert dict(found.select("customer_id", "reasons").rows()) == own


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("customer_id", None, "customer_id: expected a name, found none"),
        ("customer_id", "", "customer_id: expected a name, found none"),
        ("customer_value", None, "customer_value: expected an amount of 0 EUR or more"),
        ("customer_value", float("nan"), "customer_value: expected an amount of 0 EUR"),
        (
            "customer_value",
            -0.01,
            "customer_value: expected an amount of 0 EUR or more",
        ),
        ("customer_value", float("inf"), "customer_value: expected an amount of 0 EUR"),
        ("spend_cents", 1e39, "spend_cents: expected a number of at most 3.403e+38"),
        ("visits", -float("inf"), "visits: expected a number of at most 3.403e+38"),
        ("plan", "a\0b", "plan: expected a text without NUL, found one with it"),
    ],
)
def test_who_cannot_be_scored_is_put_aside_with_the_reason(column, value, reason):
    frame = customers(50)
    if column == "visits":
        frame = frame.with_columns(pl.col("visits").cast(pl.Float64))
    broken = frame.with_columns(**only(3, value, column))

    found = scored(broken, most=0.02)

    ((who, why),) = found.quarantined.rows()
    assert (who, why.startswith(reason)) == (broken[3, "customer_id"], True)
    others = pl.int_range(pl.len()) != 3
    assert_frame_equal(
        found.rows.drop("decile", "rank"),
        scored(frame.filter(others)).rows.drop("decile", "rank"),
        check_exact=True,
    )
    assert found.profile.n == 49
    assert found.profile.quality["quarantined"] == 1


def test_what_training_never_saw_is_scored():
    strange = customers(30, plan=pl.lit("new"), visits=pl.lit(float("nan")))

    found = scored(strange)

    assert len(found.rows) == 30
    assert found.profile.quality["unknown_category"] == 30


def test_a_row_without_a_probability_is_put_aside_and_not_counted(monkeypatch):
    frame = customers(50)

    def predict(self, columns):
        found = self.score(columns)
        found[columns["tenure_days"] == frame[0, "tenure_days"]] = np.nan
        return found

    monkeypatch.setattr(type(BUNDLE), "predict", predict)

    found = scored(frame, most=0.02)

    assert found.quarantined["reason"].to_list() == [
        "probability: expected a number from 0 to 1, found another"
    ]
    assert (len(found.rows), found.profile.n) == (49, 49)


def test_too_many_who_cannot_be_scored_stop_the_run_and_the_commonest_reason_is_told():
    broken = customers(50, customer_value=pl.when(pl.int_range(50) > 1).then(1.0))

    with pytest.raises(QuarantineLimitError) as caught:
        scored(broken, most=0.039)

    assert str(caught.value) == (
        "2 of 50 customers cannot be scored, more than max_quarantined_share 0.039; "
        "most often (2): customer_value: expected an amount of 0 EUR or more, found "
        "another"
    )
    assert len(scored(broken, most=0.04).rows) == 48


def test_where_nobody_can_be_scored_the_run_stops_whatever_is_allowed():
    with pytest.raises(QuarantineLimitError, match="50 of 50 customers"):
        scored(customers(50, customer_value=pl.lit(-1.0)), most=1.0)


def test_a_date_without_customers_is_told():
    with pytest.raises(NotEnoughDataError, match="no customer to score on 2024-03-01"):
        scored(customers(5).head(0), part_rows=1)


def test_a_customer_with_two_rows_stops_the_run():
    frame = customers(50)

    with pytest.raises(DataError, match="one row a customer, found 2 rows"):
        scored(pl.concat([frame, frame.head(1)]))


def test_the_days_profile_counts_everybody_once():
    frame = customers(200)

    found = scored(frame, part_rows=50)

    profile = found.profile
    assert (profile.day, profile.source, profile.model) == (DAY, "batch", "churn-shop")
    assert (profile.version, profile.bundle_sha256) == ("4", BUNDLE.bundle_sha256)
    assert profile.n == profile.scores.n_rows == profile.customers.n_customers == 200
    is_contacted = found.rows["decision"] == "contact"
    assert profile.scores.n_contacted.sum() == is_contacted.sum()
    net = found.rows.filter(is_contacted)["expected_net_value_eur"].sum()
    assert profile.scores.net_sum_eur.sum() == pytest.approx(net)


def test_customers_are_counted_under_the_names_of_the_log():
    one_name = replace(SCORER, named=lambda _: "the same")

    assert scored(customers(9), scorer=one_name).profile.customers.n_customers == 1


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 30), st.integers(1, 4))
def test_side_by_side_keeps_the_order_and_few_wait(n, threads):
    taken = iter(range(n))
    behind = []

    def item(number):
        behind.append(number)
        return number

    made = []
    for result in side_by_side(lambda i: i * 2, map(item, taken), threads):
        made.append(result)
        assert len(behind) - len(made) <= threads

    assert made == [2 * i for i in range(n)]


def test_work_that_fails_is_raised_where_it_is_awaited():
    def fail(_):
        raise DataError("so")

    with pytest.raises(DataError, match="so"):
        list(side_by_side(fail, [1, 2, 3], 2))
