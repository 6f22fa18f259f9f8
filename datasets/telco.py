"""IBM's Telco sample: one row per customer of a telephone company, without dates.

The tenure of a churner is the time until they left: a cross-section, which
cannot be split by time.
"""

import dataframely as dy
import polars as pl

from churn.dataset import Dataset, Expectation, RawTable
from churn.features.declarations import Column
from datasets.columns import category, one_of

YES_NO = ("Yes", "No")
NO_PHONE = "No phone service"
NO_INTERNET = "No internet service"

ADDONS = {
    "OnlineSecurity": ("online_security", "Whether they pay for online security."),
    "OnlineBackup": ("online_backup", "Whether they pay for online backup."),
    "DeviceProtection": ("device_protection", "Whether they insure their device."),
    "TechSupport": ("tech_support", "Whether they pay for technical support."),
    "StreamingTV": ("streaming_tv", "Whether they stream television over this line."),
    "StreamingMovies": (
        "streaming_movies",
        "Whether they stream films over this line.",
    ),
}


class Customers(dy.Schema):
    """A customer as billed last, and whether they left in the following month."""

    customer_id = dy.String(primary_key=True, regex=r"^\d{4}-[A-Z]{5}$")
    gender = one_of("Female", "Male")
    SeniorCitizen = dy.Int64(min=0, max=1)
    Partner = one_of(*YES_NO)
    Dependents = one_of(*YES_NO)
    tenure = dy.Int64(min=0, max=600)
    PhoneService = one_of(*YES_NO)
    MultipleLines = one_of(*YES_NO, NO_PHONE)
    InternetService = one_of("DSL", "Fiber optic", "No")
    OnlineSecurity = one_of(*YES_NO, NO_INTERNET)
    OnlineBackup = one_of(*YES_NO, NO_INTERNET)
    DeviceProtection = one_of(*YES_NO, NO_INTERNET)
    TechSupport = one_of(*YES_NO, NO_INTERNET)
    StreamingTV = one_of(*YES_NO, NO_INTERNET)
    StreamingMovies = one_of(*YES_NO, NO_INTERNET)
    Contract = one_of("Month-to-month", "One year", "Two year")
    PaperlessBilling = one_of(*YES_NO)
    PaymentMethod = one_of(
        "Bank transfer (automatic)",
        "Credit card (automatic)",
        "Electronic check",
        "Mailed check",
    )
    MonthlyCharges = dy.Float64(min=0, max=10_000)
    TotalCharges = dy.Float64(min=0, max=1_000_000)
    Churn = dy.Bool()

    @dy.rule()
    def lines_need_a_phone(cls) -> pl.Expr:
        """Without telephone service there are no lines, and the reverse."""
        return (pl.col("PhoneService") == "No") == (pl.col("MultipleLines") == NO_PHONE)

    @dy.rule()
    def addons_need_internet(cls) -> pl.Expr:
        """Without internet service there is no add-on, and the reverse."""
        has_none = pl.col("InternetService") == "No"
        return pl.all_horizontal(
            (pl.col(column) == NO_INTERNET) == has_none for column in ADDONS
        )

    @dy.rule()
    def first_bill_is_in_the_total(cls) -> pl.Expr:
        """Whoever stayed a month has been billed for one; before, nothing is."""
        billed = pl.col("TotalCharges") > 0
        return (pl.col("tenure") > 0) == billed


def prepare(raw: pl.DataFrame) -> pl.DataFrame:
    """Name the key, and read the blank total of a customer's first month as 0."""
    tenure = pl.col("tenure").cast(pl.String).str.strip_chars()
    total = pl.col("TotalCharges").cast(pl.String).str.strip_chars()
    is_blank = total.is_null() | (total == "")
    return raw.rename({"customerID": "customer_id"}).with_columns(
        pl.when(is_blank & (tenure == "0"))
        .then(pl.lit("0"))
        .otherwise(pl.col("TotalCharges").cast(pl.String))
        .alias("TotalCharges")
    )


EXPECTATIONS = (
    Expectation(
        name="stays_another_year",
        meaning="Who has stayed another year at their price is not likelier to leave.",
        change={
            "tenure_months": "tenure_months + 12",
            "total_charges_usd": "total_charges_usd + 12 * monthly_charges_usd",
        },
        direction="never_rises",
    ),
    Expectation(
        name="binds_for_two_years",
        meaning="A contract of two years does not make leaving likelier.",
        change={"contract": "'Two year'"},
        direction="never_rises",
        where="contract = 'Month-to-month'",
    ),
    Expectation(
        name="pays_more_for_the_same",
        meaning="A tenth more for the same services does not make leaving less likely.",
        change={"monthly_charges_usd": "monthly_charges_usd * 1.1"},
        direction="never_falls",
    ),
    Expectation(
        name="gets_tech_support",
        meaning="Technical support does not make leaving likelier.",
        change={"tech_support": "'Yes'"},
        direction="never_rises",
        where="tech_support = 'No'",
    ),
    Expectation(
        name="pays_automatically",
        meaning="Paying by card instead of by electronic check does not either.",
        change={"payment_method": "'Credit card (automatic)'"},
        direction="never_rises",
        where="payment_method = 'Electronic check'",
    ),
    Expectation(
        name="gender_is_no_reason",
        meaning="Gender does not move the score.",
        change={"gender": "CASE gender WHEN 'Male' THEN 'Female' ELSE 'Male' END"},
        direction="never_moves",
    ),
)

DATASET = Dataset(
    name="telco",
    kind="table",
    tables={"customers": RawTable(schema=Customers, prepare=prepare, customer=True)},
    features=(
        category("gender", "gender", "Gender as registered."),
        Column(
            name="is_senior",
            column="SeniorCitizen",
            unit="0 or 1",
            meaning="Whether the customer is 65 or older.",
        ),
        category("partner", "Partner", "Whether they live with a partner."),
        category("dependents", "Dependents", "Whether they live with dependents."),
        Column(
            name="tenure_months",
            column="tenure",
            unit="months",
            meaning="Months since the contract began.",
            log1p=True,
        ),
        category("phone_service", "PhoneService", "Whether they have a telephone."),
        category("multiple_lines", "MultipleLines", "Whether they have several lines."),
        category("internet_service", "InternetService", "Kind of internet access."),
        *(category(name, c, meaning) for c, (name, meaning) in ADDONS.items()),
        category("contract", "Contract", "How long the contract binds them."),
        category("paperless_billing", "PaperlessBilling", "Whether bills are on line."),
        category("payment_method", "PaymentMethod", "How they pay."),
        Column(
            name="monthly_charges_usd",
            column="MonthlyCharges",
            unit="usd per month",
            meaning="What the last month was billed at.",
        ),
        # Nearly tenure times monthly charges; the difference is their price history.
        Column(
            name="total_charges_usd",
            column="TotalCharges",
            unit="usd",
            meaning="Everything billed so far; 0 in the first month.",
        ),
    ),
    # A year's bill, dollars taken as euros.
    customer_value="MonthlyCharges * 12",
    churn_column="Churn",
    refused={"customer_id": "it identifies the customer"},
    slices={
        "contract": "contract",
        "tenure": (
            "CASE WHEN tenure_months < 12 THEN 'under 1 year' "
            "WHEN tenure_months < 36 THEN '1 to 3 years' ELSE '3 years or more' END"
        ),
        "gender": "gender",
        "senior": "CASE WHEN is_senior = 1 THEN '65 or older' ELSE 'under 65' END",
    },
    expectations=EXPECTATIONS,
)
