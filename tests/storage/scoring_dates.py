"""Score two dates of a tiny business, a line on standard output for each that is done.

``python -m tests.storage.scoring_dates FOLDER`` waits until standard input says which
business; it is what ``tests.killed_batches`` starts and kills.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from churn.batch.record import BatchPlan, Scored
from churn.batch.targets import TargetPlan
from churn.eligibility import feature_rows
from churn.features.engine import DUCKDB
from churn.scoring.bundle import Bundle, open_bundle
from churn.scoring.decision import Economics
from churn.snapshots import midnight, with_value
from storage.batch_run import Run, score_and_store, store_current
from storage.crm import CRM_URL
from storage.delta import TABLES_URL
from storage.exports import EXPORTS_URL
from storage.score_table import ScoreTable
from storage.target_lists import export, listed
from tests.businesses import BUSINESS, purchases

DAYS = (date(2024, 2, 20), date(2024, 2, 25))
MODEL = "churn-tiny"
N_CUSTOMERS, N_BAD = 400, 3
READY = "ready"
HOW = BatchPlan("targets", TargetPlan(None, None, 0.1), threads=2)


def frames(factor: int) -> dict[str, pl.DataFrame]:
    """Purchases in February; another factor is another business.

    The first ``N_BAD`` customers only ever gave money back, so that nobody can say
    what they are worth.
    """
    cents = [1 + n * 37 * factor % 9_001 for n in range(N_CUSTOMERS)]
    cents[:N_BAD] = [-5] * N_BAD
    rows = [
        (n, f"C{n:04}", "2024-02-15", "2024-02-15", paid, "web" if n % 3 else "shop")
        for n, paid in enumerate(cents)
    ]
    return {"purchases": purchases(*rows)}


@cache
def fitted() -> Bundle:
    """A model of that business, in which whoever pays little leaves."""
    # Heavy, and nothing that the killed program needs.
    from churn.model.plan import CalibrationPlan
    from churn.model.recipe import Recipe
    from churn.model.train import fit_recipe
    from churn.splits import Split
    from tests.snapshot_rows import PLAN, fixed

    rows = feature_rows(BUSINESS, frames(1), [DAYS[0]])
    chance = 1 / (1 + np.exp((rows["cents_30d"].to_numpy() - 4_000) / 1_500))
    is_churn = np.random.default_rng(3).random(len(rows)) < chance
    labelled = with_value(BUSINESS, rows).with_columns(
        pl.col("customer_value").clip(0), is_churn=pl.Series(is_churn)
    )
    recipe = Recipe(
        dataset=BUSINESS.name,
        features=BUSINESS.model_features,
        chosen=fixed("xgboost"),
        model=PLAN,
        calibration=CalibrationPlan(["none"], folds=2),
        economics=Economics(offer_eur=1.0, contact_eur=0.1, acceptance_rate=0.4),
        lineage={},
    )
    return fit_recipe(Split(labelled, labelled, labelled), recipe)


def environment(folder: Path) -> dict[str, str]:
    """Where everything goes."""
    return {
        TABLES_URL: str(folder / "tables"),
        CRM_URL: f"sqlite:///{folder}/crm.db",
        EXPORTS_URL: str(folder / "exports"),
    }


def score(bundle: Bundle, factor: int, day: date, environ: Mapping[str, str]) -> Scored:
    """All that a run does of a date: store, score, list, export."""
    current, rows = store_current(
        BUSINESS,
        frames(factor),
        as_of=midnight(day),
        data_version=str(factor),
        engine=DUCKDB,
        environ=environ,
    )
    run = Run(
        dataset=BUSINESS,
        current=current,
        table_customers=rows,
        model=MODEL,
        version="1",
        bundle=bundle,
        scored_at=datetime.now(UTC),
    )
    scored = score_and_store(run, HOW, max_quarantined_share=0.02, environ=environ)
    table = ScoreTable.of(MODEL, environ=environ)
    listed(table, scored, environ=environ)
    export(table, BUSINESS.name, scored, environ=environ)
    return scored


def main(folder: str) -> None:
    """Score every date of the business that is asked for."""
    bundle = open_bundle(Path(folder, "bundle"))
    _tell(READY)
    factor = int(sys.stdin.readline())
    for day in DAYS:
        score(bundle, factor, day, environment(Path(folder)))
        _tell(day)


def _tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
