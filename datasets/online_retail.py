"""UCI Online Retail: the invoice lines of a British wholesaler of gifts, 2010-2011.

Churn is no purchase in the label window, among customers who bought lately. A
line becomes known as it happens; money is counted in pence.
"""

from datetime import timedelta

import dataframely as dy
import polars as pl

from churn.dataset import Dataset, Expectation, Label, RawTable
from churn.features.declarations import (
    Age,
    Aggregate,
    Attribute,
    Difference,
    Feature,
    Ratio,
    Recency,
    Windowed,
)

LINES = "invoice_lines"
PURCHASE = "is_purchase"
WINDOWS_DAYS = (30, 90, 180)


class InvoiceLines(dy.Schema):
    """One line of an invoice.

    A line may appear twice: the same article, taken twice. A quarter of all lines
    names no customer; they are right, and belong to nobody's history.
    """

    InvoiceNo = dy.String(regex=r"^[AC]?\d{6}$")
    StockCode = dy.String(min_length=1)
    Quantity = dy.Int64(check={"not_zero": lambda quantity: quantity != 0})
    InvoiceDate = dy.Datetime(time_unit="us", time_zone="UTC")
    UnitPrice = dy.Float64(min=-100_000, max=100_000)
    customer_id = dy.String(nullable=True, regex=r"^\d{5}$")
    Country = dy.String(min_length=1)
    is_purchase = dy.Bool()
    is_cancellation = dy.Bool()
    amount_pence = dy.Int64()

    @dy.rule()
    def cancellations_take_back(cls) -> pl.Expr:
        """A cancellation returns goods."""
        return ~pl.col("is_cancellation") | (pl.col("Quantity") < 0)

    @dy.rule()
    def customers_return_by_cancellation(cls) -> pl.Expr:
        """Other negative quantities correct the stock, and name no customer."""
        is_correction = (pl.col("Quantity") < 0) & ~pl.col("is_cancellation")
        return ~is_correction | pl.col("customer_id").is_null()

    @dy.rule()
    def negative_prices_are_adjustments(cls) -> pl.Expr:
        """Only the invoices that begin with A write off debts."""
        is_adjustment = pl.col("InvoiceNo").str.starts_with("A")
        return (pl.col("UnitPrice") >= 0) | is_adjustment


def prepare(raw: pl.DataFrame) -> pl.DataFrame:
    """Name the key, and tell purchases from cancellations, corrections and gifts."""
    quantity = pl.col("Quantity").cast(pl.Float64, strict=False)
    price = pl.col("UnitPrice").cast(pl.Float64, strict=False)
    invoice = pl.col("InvoiceNo").cast(pl.String)
    pence = (price * 100).round() * quantity
    return raw.rename({"CustomerID": "customer_id"}).with_columns(
        # Lines without a customer turned the numbers of all others into floats.
        pl.col("customer_id").cast(pl.String).str.strip_suffix(".0"),
        is_purchase=invoice.str.contains(r"^\d") & (quantity > 0) & (price > 0),
        is_cancellation=invoice.str.starts_with("C"),
        amount_pence=pl.when(pence.is_finite()).then(pence),
    )


def bought(
    name: str,
    days: int | None,
    *,
    aggregate: Aggregate,
    column: str | None = None,
    unit: str,
    meaning: str,
) -> Windowed:
    """An aggregate of the purchases in a window, or of all so far."""
    return Windowed(
        name=f"{name}_{days}d" if days else name,
        table=LINES,
        aggregate=aggregate,
        column=column,
        window_days=days,
        where=PURCHASE,
        unit=unit,
        meaning=f"{meaning} {f'in the last {days} days' if days else 'so far'}.",
        log1p=True,
    )


def in_window(days: int | None) -> tuple[Feature, ...]:
    """What is counted in each window alike."""
    suffix = f"_{days}d" if days else ""
    return (
        bought(
            "n_invoices",
            days,
            aggregate="distinct",
            column="InvoiceNo",
            unit="invoices",
            meaning="Purchases",
        ),
        bought(
            "n_lines",
            days,
            aggregate="count",
            unit="lines",
            meaning="Invoice lines bought",
        ),
        bought(
            "n_articles",
            days,
            aggregate="distinct",
            column="StockCode",
            unit="articles",
            meaning="Different articles bought",
        ),
        bought(
            "spent_pence",
            days,
            aggregate="sum",
            column="amount_pence",
            unit="pence",
            meaning="Amount bought",
        ),
        Ratio(
            name=f"pence_per_line{suffix}",
            numerator=f"spent_pence{suffix}",
            denominator=f"n_lines{suffix}",
            unit="pence per line",
            meaning="What an average line of an invoice amounts to.",
            log1p=True,
        ),
    )


def with_another_purchase(days: int | None) -> dict[str, str]:
    """What a window holds after one more purchase of the customer's average size."""
    suffix = f"_{days}d" if days else ""
    lines = "CAST(n_lines / n_invoices AS BIGINT)"
    return {
        f"n_invoices{suffix}": f"n_invoices{suffix} + 1",
        f"n_lines{suffix}": f"n_lines{suffix} + {lines}",
        f"spent_pence{suffix}": (
            f"spent_pence{suffix} + {lines} * CAST(pence_per_line AS BIGINT)"
        ),
    }


# Not expected: that another quiet week alone makes leaving likelier. Who bought once
# or twice in half a year comes back as often after two months as after a week.
EXPECTATIONS = (
    Expectation(
        name="bought_once_more",
        meaning="Another purchase like their others does not make leaving likelier.",
        change={
            name: sql
            for days in (*WINDOWS_DAYS, None)
            for name, sql in with_another_purchase(days).items()
        },
        direction="never_rises",
        # Else the purchase would also have to be the last one.
        where="purchase_recency_days < 30",
    ),
)

DATASET = Dataset(
    name="online_retail",
    kind="events",
    tables={
        LINES: RawTable(
            schema=InvoiceLines,
            prepare=prepare,
            event_time="InvoiceDate",
            delay=timedelta(0),
            time_zone="Europe/London",
        )
    },
    features=(
        Recency(
            name="purchase_recency_days",
            table=LINES,
            where=PURCHASE,
            unit="days",
            meaning="Time since the last purchase.",
            log1p=True,
        ),
        Age(
            name="tenure_days",
            table=LINES,
            unit="days",
            meaning="Time since the first invoice.",
            log1p=True,
        ),
        *(f for days in (*WINDOWS_DAYS, None) for f in in_window(days)),
        Windowed(
            name="n_cancellations",
            table=LINES,
            aggregate="distinct",
            column="InvoiceNo",
            where="is_cancellation",
            unit="invoices",
            meaning="Cancelled invoices so far.",
            log1p=True,
        ),
        Windowed(
            name="returned_pence_180d",
            table=LINES,
            aggregate="sum",
            column="amount_pence",
            window_days=180,
            where="is_cancellation",
            unit="pence",
            meaning="Amount cancelled in the last 180 days, negative.",
        ),
        Ratio(
            name="cancelled_share",
            numerator="n_cancellations",
            denominator="n_invoices",
            unit="share",
            meaning="Cancelled invoices relative to purchases.",
        ),
        Difference(
            name="invoices_trend_90d",
            minuend="n_invoices_90d",
            subtrahend="n_invoices_180d",
            minuend_scale=2.0,
            unit="invoices",
            meaning="Purchases of the last 90 days minus those of the 90 before.",
        ),
        Ratio(
            name="spent_trend_90d",
            numerator="spent_pence_90d",
            denominator="spent_pence_180d",
            unit="share",
            meaning="Part of half a year's purchases that fell in its second half.",
        ),
        Ratio(
            name="days_per_invoice",
            numerator="tenure_days",
            denominator="n_invoices",
            unit="days",
            meaning="Average time between purchases, since the first.",
            log1p=True,
        ),
        Ratio(
            name="recency_by_rhythm",
            numerator="purchase_recency_days",
            denominator="days_per_invoice",
            unit="ratio",
            meaning="How long they have been quiet, in their own rhythm.",
            log1p=True,
        ),
        # Nine customers in ten are British; too few are left per country to learn from.
        Attribute(
            name="country",
            table=LINES,
            column="Country",
            kind="category",
            unit="text",
            meaning="Where the last invoice went.",
            in_model=False,
        ),
    ),
    eligible="n_invoices_90d > 0",
    label=Label(table=LINES, where=PURCHASE, outcome="absent"),
    # Assumed: a gross margin of 25 % on what the last 180 days bring in a year,
    # pounds taken as euros.
    customer_value="0.25 * spent_pence_180d / 100.0 * 365 / 180",
    slices={
        "country": (
            "CASE WHEN country = 'United Kingdom' THEN country ELSE 'other' END"
        ),
        "tenure": (
            "CASE WHEN tenure_days < 90 THEN 'under 90 days' ELSE '90 days or more' END"
        ),
    },
    expectations=EXPECTATIONS,
)
