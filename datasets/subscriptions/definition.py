"""The subscription business as Holdfast sees it."""

from churn.dataset import Dataset, Label
from datasets.subscriptions.expectations import EXPECTATIONS
from datasets.subscriptions.features import FEATURES
from datasets.subscriptions.tables import TABLES

TENURE_BAND = """
CASE WHEN tenure_days < 90 THEN 'under 3 months'
     WHEN tenure_days < 365 THEN '3 to 12 months'
     ELSE 'over a year' END
"""

DATASET = Dataset(
    name="subscriptions",
    kind="events",
    tables=TABLES,
    features=FEATURES,
    customer_value="monthly_price_cents * 12 / 100.0",
    eligible="last_change <> 'cancel'",
    label=Label(table="subscriptions", where="change = 'cancel'", outcome="occurs"),
    slices={
        "plan": "plan",
        "billing_period": "billing_period",
        "country": "country",
        "tenure": TENURE_BAND,
    },
    expectations=EXPECTATIONS,
)
