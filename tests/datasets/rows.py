"""Rows that satisfy the contracts, as text like in a CSV file."""

import io
from datetime import date

import polars as pl

from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate

TELCO = {
    "customerID": "0001-AAAAA",
    "gender": "Female",
    "SeniorCitizen": "0",
    "Partner": "Yes",
    "Dependents": "No",
    "tenure": "2",
    "PhoneService": "Yes",
    "MultipleLines": "No",
    "InternetService": "DSL",
    "OnlineSecurity": "No",
    "OnlineBackup": "Yes",
    "DeviceProtection": "No",
    "TechSupport": "No",
    "StreamingTV": "No",
    "StreamingMovies": "No",
    "Contract": "Month-to-month",
    "PaperlessBilling": "Yes",
    "PaymentMethod": "Electronic check",
    "MonthlyCharges": "29.85",
    "TotalCharges": "59.7",
    "Churn": "No",
}

BANK = {
    "CLIENTNUM": "768805383",
    "Attrition_Flag": "Existing Customer",
    "Customer_Age": "45",
    "Gender": "M",
    "Dependent_count": "3",
    "Education_Level": "Unknown",
    "Marital_Status": "Married",
    "Income_Category": "$60K - $80K",
    "Card_Category": "Blue",
    "Months_on_book": "39",
    "Total_Relationship_Count": "5",
    "Months_Inactive_12_mon": "1",
    "Contacts_Count_12_mon": "3",
    "Credit_Limit": "12691.5",
    "Total_Revolving_Bal": "777",
    "Avg_Open_To_Buy": "11914.5",
    "Total_Amt_Chng_Q4_Q1": "1.335",
    "Total_Trans_Amt": "1144",
    "Total_Trans_Ct": "42",
    "Total_Ct_Chng_Q4_Q1": "1.625",
    "Avg_Utilization_Ratio": "0.061",
}

INVOICE_LINE = {
    "InvoiceNo": "536365",
    "StockCode": "85123A",
    "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
    "Quantity": "6",
    "InvoiceDate": "2010-12-01 08:26:00",
    "UnitPrice": "2.55",
    "CustomerID": "17850.0",
    "Country": "United Kingdom",
}


def text(*rows: dict[str, str | None]) -> pl.DataFrame:
    """A frame of text, whatever the values are."""
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


def good_rows(dataset: str) -> dict[str, pl.DataFrame]:
    """A few good rows of every raw table of a data set."""
    match dataset:
        case "telco":
            return {"customers": text(TELCO)}
        case "bank":
            return {"customers": text(BANK)}
        case "online_retail":
            cancelled = {"InvoiceNo": "C536379", "Quantity": "-1"}
            return {"invoice_lines": text(INVOICE_LINE, INVOICE_LINE | cancelled)}
        case "subscriptions":
            return _simulated()
    raise AssertionError(f"add good rows of {dataset} here")


def _simulated() -> dict[str, pl.DataFrame]:
    plan = Simulation(
        seed=1, n_customers=80, n_days=120, start=date(2024, 1, 1), shock_date=None
    )
    frames, _ = simulate(plan)
    return {name: _as_csv(frame.head(200)) for name, frame in frames.items()}


def _as_csv(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.read_csv(io.StringIO(frame.write_csv()), infer_schema=False)
