"""Made-up batch runs: scores, who is listed and why, as their tables hold them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from churn.batch.listed import GroupCount, Listed
from churn.batch.record import CONTACT, NO_CONTACT, BatchPlan, Origin, Scored
from churn.batch.summary import list_change, summarise, worth
from churn.batch.targets import TargetPlan, target_ranks
from churn.report.batch import batch_report
from churn.scoring.decision import Economics, expected_net_value
from tests.parsed_page import ParsedPage

DAY = date(2026, 3, 1)
SCORED_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ECONOMICS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
EVERYBODY = TargetPlan(budget_eur=None, most_customers=None, share=None)
LABELS = (
    "Failed payments in the last 90 days",
    "Time since the last session",
    "Change of viewing time from 90 to 30 days",
    "Price rises in the last 90 days",
    "Open tickets in the last 30 days",
    "Plan of the customer",
    "Time since signing up",
)
GROUPS = (
    GroupCount(
        name="plan",
        group="basic",
        n=600,
        mean_probability=0.062,
        n_worth=42,
        net_value_eur=733.0,
    ),
    GroupCount(
        name="plan",
        group="premium",
        n=395,
        mean_probability=0.031,
        n_worth=38,
        net_value_eur=1234.5,
    ),
)


def scores(
    n: int, *, seed: int = 1, plan: TargetPlan = EVERYBODY, **same: object
) -> pl.DataFrame:
    """``n`` customers as the score table has them."""
    rng = np.random.default_rng(seed)
    p = rng.beta(0.5, 9.0, n)
    value = np.round(rng.lognormal(5.2, 0.6, n), 2)
    ranks = target_ranks(p, value, ECONOMICS, plan)
    place = np.argsort(np.argsort(-p, kind="stable"), kind="stable")
    net = expected_net_value(p, value, ECONOMICS)
    origin = {"snapshot_date": DAY, "model_version": "7", "scored_at": SCORED_AT}
    return pl.DataFrame(
        {
            "customer_id": [f"c{k:06}" for k in range(n)],
            "probability": p,
            "decile": (1 + 10 * place // n).astype(np.int8),
            "decision": np.where(net > 0, CONTACT, NO_CONTACT),
            "expected_net_value_eur": net,
            "customer_value_eur": value,
            "rank": ranks,
            "reasons": [_reasons(rng) if rank else None for rank in ranks],
        },
        schema_overrides={"reasons": pl.List(pl.String)},
    ).with_columns(pl.lit(v).alias(name) for name, v in (origin | same).items())


def on(rows: pl.DataFrame) -> pl.DataFrame:
    """Those on the list, best first."""
    return rows.filter(pl.col("rank") > 0).sort("rank")


def listed(rows: pl.DataFrame, before: pl.DataFrame | None = None) -> Listed:
    """What a run says of these scores."""
    return Listed(
        current=summarise(rows, on(rows)),
        worth=worth(on(rows), ECONOMICS),
        before=None if before is None else summarise(before, on(before)),
        change=None if before is None else list_change(rows, before),
        groups=GROUPS,
    )


def scored(rows: pl.DataFrame, **changed: object) -> Scored:
    """The record of the run that made these scores."""
    on_list = on(rows)
    one = Scored(
        model="shop",
        snapshot_date=rows["snapshot_date"][0],
        origin=Origin(
            model_version=rows["model_version"][0],
            bundle_sha256="b" * 64,
            feature_version="f" * 64,
            data_version="d" * 64,
            scored_at=rows["scored_at"][0],
        ),
        plan=BatchPlan("targets", EVERYBODY, 1),
        economics=ECONOMICS,
        n_rows=len(rows),
        n_scored=len(rows),
        n_quarantined=0,
        quarantined_because={},
        n_left=0,
        n_contacted=int((rows["expected_net_value_eur"] > 0).sum()),
        n_listed=len(on_list),
        n_explained=len(on_list),
        mean_probability=float(rows.select(pl.mean("probability")).item()),
        listed_net_value_eur=float(on_list["expected_net_value_eur"].sum()),
        table_version=3,
        address="tables/scores/shop",
        quarantine_address="tables/scores_quarantine/shop",
    )
    return replace(one, **changed)


def yesterday(n: int, **same: object) -> pl.DataFrame:
    """The scores of the day before, of mostly the same customers."""
    at = {"snapshot_date": DAY - timedelta(days=1), "model_version": "6"}
    at["scored_at"] = SCORED_AT - timedelta(days=1)
    return scores(n, seed=2, **(at | same))


def batch_page(
    rows: pl.DataFrame,
    before: pl.DataFrame | None = None,
    *,
    plan: TargetPlan = EVERYBODY,
    **changed: object,
) -> ParsedPage:
    """The page of a run that made these scores."""
    run = scored(rows, plan=BatchPlan("targets", plan, 1), **changed)
    return ParsedPage(batch_report("shop", run, listed(rows, before)))


def section(page: ParsedPage, title: str) -> str:
    """The text of the section of this heading, in one line."""
    (heading,) = [h for h in page.all("h2") if h.text == title]
    return " ".join(heading.parent.text.split())


def _reasons(rng: np.random.Generator) -> list[str]:
    weights = np.arange(len(LABELS), 0, -1.0) ** 2
    chosen = rng.choice(len(LABELS), 3, replace=False, p=weights / weights.sum())
    texts = [f"{LABELS[k]}: {rng.integers(1, 9)} (raises)" for k in chosen]
    return [*texts[:-1], texts[-1].replace("raises", "lowers")]
