from dataclasses import replace

import polars as pl
import pytest

from churn.contracts import validate
from churn.errors import DeclarationError
from churn.features.build import build_columns
from churn.features.changes import changed
from churn.features.check import check_dataset
from datasets.bank import DATASET, NAIVE_BAYES
from datasets.columns import category
from tests.datasets.rows import BANK, text
from tests.real_data import path


def checked(*changes):
    raw = {"customers": text(*[BANK | change for change in changes])}
    return validate(DATASET.tables, raw)


@pytest.fixture(scope="module")
def real():
    file = path("bank/BankChurners.csv")
    raw = {"customers": pl.read_csv(file, infer_schema=False)}
    return raw["customers"], validate(DATASET.tables, raw)


@pytest.mark.parametrize(
    "column",
    [
        f"{NAIVE_BAYES}1",
        f"{NAIVE_BAYES}2",
        "customer_id",
        "Avg_Open_To_Buy",
        "Avg_Utilization_Ratio",
    ],
)
def test_leaks_identifiers_and_duplicates_cannot_become_features(column):
    tempted = (*DATASET.features, category("tempting", column, "Looks good."))

    with pytest.raises(DeclarationError, match=f"uses {column}, which is refused"):
        check_dataset(replace(DATASET, features=tempted))


@pytest.mark.parametrize(
    "column", ["Education_Level", "Marital_Status", "Income_Category"]
)
def test_unknown_is_a_category(column):
    validated = checked({column: "Unknown"})
    feature = next(f for f in DATASET.features if getattr(f, "column", "") == column)

    built = build_columns(DATASET, validated.good["customers"])

    assert built[feature.name].to_list() == ["Unknown"]


def test_the_flag_says_who_left():
    validated = checked(
        {"Attrition_Flag": "Attrited Customer"}, {"CLIENTNUM": "768805384"}
    )

    assert validated.good["customers"]["Attrition_Flag"].to_list() == [True, False]


def test_another_flag_is_not_taken_for_staying():
    validated = checked({"Attrition_Flag": "Dormant Customer"})

    assert validated.quarantined["reasons"].to_list() == [["Attrition_Flag|dtype"]]


def test_a_copy_that_lost_its_decimal_points_is_caught():
    validated = checked({"Avg_Utilization_Ratio": "61"})

    assert validated.quarantined["reasons"].to_list() == [
        ["utilization_is_balance_by_limit", "Avg_Utilization_Ratio|max"]
    ]


def test_a_copy_without_the_leaking_columns_is_as_good():
    assert not any(name.startswith(NAIVE_BAYES) for name in BANK)
    assert checked({}).quarantined.is_empty()


def test_all_real_customers_are_kept(real):
    raw, validated = real

    assert validated.quarantined.is_empty()
    assert validated.good["customers"].height == raw.height == 10_127
    assert validated.good["customers"]["Attrition_Flag"].sum() == 1627


def test_open_to_buy_really_is_a_duplicate(real):
    customers = real[1].good["customers"]
    rest = customers["Credit_Limit"] - customers["Total_Revolving_Bal"]

    assert (customers["Avg_Open_To_Buy"] - rest).abs().max() < 1e-9


def test_the_ratio_is_the_refused_column_without_its_rounding(real):
    customers = real[1].good["customers"]
    exact = build_columns(DATASET, customers)["utilization_share"]

    assert (customers["Avg_Utilization_Ratio"] - exact).abs().max() < 0.00051


def test_unknown_is_as_frequent_as_in_the_file(real):
    built = build_columns(DATASET, real[1].good["customers"])
    told_nothing = {c: (built[c] == "Unknown").sum() for c in ("education", "income")}

    assert told_nothing == {"education": 1519, "income": 1112}


def test_more_payments_for_the_same_money_are_smaller_payments():
    built = build_columns(DATASET, checked({}).good["customers"])
    more = DATASET.expectations[0]

    after = changed(DATASET, built, more)

    assert more.name == "pays_more_often"
    assert after["n_transactions_12m"].to_list() == [52]
    assert after["usd_per_transaction"].to_list() == [1144 / 52]


def test_the_model_does_not_see_gender():
    assert "gender" not in {feature.name for feature in DATASET.model_features}
