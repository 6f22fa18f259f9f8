import polars as pl
import pytest

from churn.contracts import validate
from churn.features.build import build_columns
from churn.features.changes import changed
from datasets.telco import DATASET
from tests.datasets.rows import TELCO, text
from tests.real_data import path

FIRST_MONTH = {"tenure": "0", "TotalCharges": " "}


def checked(*changes):
    raw = {"customers": text(*[TELCO | change for change in changes])}
    return validate(DATASET.tables, raw)


@pytest.fixture(scope="module")
def real():
    file = path("telco/Telco-Customer-Churn.csv")
    raw = {"customers": pl.read_csv(file, infer_schema=False)}
    return raw["customers"], validate(DATASET.tables, raw)


@pytest.mark.parametrize("blank", [" ", "", None])
def test_a_blank_total_in_the_first_month_is_nothing_billed(blank):
    validated = checked(FIRST_MONTH | {"TotalCharges": blank})

    assert validated.good["customers"]["TotalCharges"].to_list() == [0.0]


@pytest.mark.parametrize(
    ("blank", "reason"),
    [(" ", "TotalCharges|dtype"), (None, "TotalCharges|nullability")],
)
def test_a_blank_total_later_on_is_an_error(blank, reason):
    validated = checked({"TotalCharges": blank})

    assert validated.quarantined["reasons"].to_list() == [[reason]]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"InternetService": "No"}, "addons_need_internet"),
        ({"PhoneService": "No"}, "lines_need_a_phone"),
        ({"TotalCharges": "0"}, "first_bill_is_in_the_total"),
        ({"tenure": "0"}, "first_bill_is_in_the_total"),
    ],
)
def test_columns_that_contradict_each_other_are_caught(change, rule):
    assert checked(change).quarantined["reasons"].to_list() == [[rule]]


def test_the_identifier_is_refused():
    assert "customer_id" in DATASET.refused


def test_all_real_customers_are_kept(real):
    raw, validated = real

    assert validated.quarantined.is_empty()
    assert validated.good["customers"].height == raw.height == 7043
    assert validated.good["customers"]["Churn"].sum() == 1869


def test_the_eleven_blank_totals_are_kept_as_zero(real):
    raw, validated = real
    is_blank = raw["TotalCharges"].str.strip_chars() == ""

    totals = validated.good["customers"].filter(is_blank)["TotalCharges"]

    assert totals.to_list() == [0.0] * 11


def test_nearly_the_product_of_two_columns_is_not_a_duplicate(real):
    customers = real[1].good["customers"].filter(pl.col("tenure") > 1)
    product = customers["tenure"] * customers["MonthlyCharges"]

    share_equal = ((customers["TotalCharges"] - product).abs() < 0.01).mean()

    assert share_equal < 0.05


def test_features_of_a_customer_can_be_read_off_the_row(real):
    features = build_columns(DATASET, real[1].good["customers"]).row(0, named=True)

    assert features["tenure_months"] == 1
    assert features["contract"] == "Month-to-month"
    assert features["monthly_charges_usd"] == features["total_charges_usd"] == 29.85


def test_another_year_is_billed_too():
    built = build_columns(DATASET, checked({}).good["customers"])
    year = DATASET.expectations[0]

    after = changed(DATASET, built, year)

    assert year.name == "stays_another_year"
    assert after["tenure_months"].to_list() == [14]
    assert after["total_charges_usd"].to_list() == [59.7 + 12 * 29.85]
