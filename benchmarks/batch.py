"""A night's scores against what one would write instead, in one run.

    python -m benchmarks.batch [N_CUSTOMERS]

From stored features to written scores, with reasons for the 5 % most worth a contact:
ours (Delta in, Delta out, deciles, target list, reasons in words, profile of the day)
beside pandas and scikit-learn (Parquet in, Parquet out, the strongest contributions
by XGBoost). Both take the same model, trained on the default data set; its snapshots
are drawn again until there are as many customers as asked for. Each runs in processes
of its own, whose imports and, for pandas, whose fitting are not timed; the memory told
is the most that the process held while it was timed. Probabilities are compared first.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl

from benchmarks.quality import ROOT
from churn.batch.record import BatchPlan, CurrentRows
from churn.batch.targets import TargetPlan
from churn.contracts import validate
from churn.eligibility import feature_rows
from churn.features.declarations import Feature
from churn.model.candidates import candidate, fit_candidate
from churn.model.race import Observer
from churn.model.search import search
from churn.model.train import fit_bundle
from churn.scoring.bundle import open_bundle
from churn.scoring.decision import Economics
from churn.snapshots import build_snapshots, matured_dates
from churn.splits import split
from churn.tables import resolve_as_of
from cli.training_config import Request, TrainingConfig, training_config
from datasets.catalogue import load
from datasets.subscriptions.simulate import simulate
from storage.batch_run import Run, score_and_store
from storage.delta import TABLES_URL
from storage.feature_table import FeatureTable
from storage.score_table import ScoreTable

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

Section = TypeVar("Section")
DATASET, MODEL, DAY = "subscriptions", "churn-benchmark", date(2025, 6, 1)
SETTINGS = (
    "model.kind=xgboost",
    "search=null",
    # So that the pipeline alone, which scikit-learn runs, is the whole model.
    "calibration.methods=[none]",
)
SHARE, MOST_REASONS, ROUNDS = 0.05, 3, 2
AT_ONCE = 50_000
"""Rows whose contributions pandas' way asks for at once."""

DRAWN = "drawn"


def main() -> None:
    """Prepare once, run both in turn, and print what each took."""
    parser = argparse.ArgumentParser(prog="benchmarks.batch", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("n_customers", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "FOLDER"))
    asked = parser.parse_args()
    if asked.one:
        way, folder = asked.one
        print(json.dumps(WAYS[way](Path(folder))))
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        prepare(Path(folder), asked.n_customers)
        told = [_in_process(way, folder) for _ in range(ROUNDS) for way in WAYS]
        ours, pandas = (_best(told, way) for way in WAYS)
        difference = _difference(Path(folder))
    print(
        f"{asked.n_customers:,} customers, reasons for {SHARE:.0%}: "
        f"ours {ours['seconds']:.1f} s and {ours['peak_gb']:.2f} GB, "
        f"pandas and scikit-learn {pandas['seconds']:.1f} s and "
        f"{pandas['peak_gb']:.2f} GB: {pandas['seconds'] / ours['seconds']:.1f} times "
        f"as fast; probabilities differ by at most {difference:.1e}"
    )


def prepare(folder: Path, n_customers: int) -> None:
    """Train the model, and store the features of so many customers for both ways."""
    dataset, config = load(DATASET), _config()
    good = validate(dataset.tables, simulate(_set(config.simulation))[0]).good
    as_of, plan = resolve_as_of(None, dataset.tables, good), _set(config.snapshots)
    snapshots = build_snapshots(dataset, good, plan, as_of=as_of)
    windows = split(
        snapshots,
        config.time_split,
        config.stratified_split,
        maturity_days=plan.maturity_days,
    )
    chosen = search(
        windows.train,
        dataset.model_features,
        config.model,
        config.search,
        maturity_days=plan.maturity_days,
        observer=Observer(time.monotonic, lambda _: None),
    )
    bundle = fit_bundle(
        windows,
        dataset,
        chosen,
        config.model,
        config.calibration,
        config.economics,
        lineage={},
    )
    (folder / "bundle").mkdir()
    for name, content in bundle.files.items():
        (folder / "bundle" / name).write_bytes(content)
    windows.train.write_parquet(folder / "train.parquet")
    dates = matured_dates(plan, as_of=as_of)
    rows = feature_rows(dataset, good, dates).sample(
        n_customers, with_replacement=True, seed=1
    )
    number = pl.int_range(n_customers).cast(pl.String).str.zfill(8)
    rows = rows.with_columns(customer_id="C" + number, snapshot_date=pl.lit(DAY))
    FeatureTable.of(dataset, environ=_environ(folder)).replace(DAY, rows, DRAWN)
    rows.select(pl.exclude("^.*__expires_at$")).write_parquet(folder / "today.parquet")


def ours(folder: Path) -> dict[str, float | str]:
    """From the feature table to the score table."""
    dataset, environ = load(DATASET), _environ(folder)
    plan = BatchPlan("targets", TargetPlan(None, None, SHARE), threads=2)
    _forget_peak()
    started = time.perf_counter()
    table = FeatureTable.of(dataset, environ=environ)
    run = Run(
        dataset=dataset,
        current=CurrentRows(
            snapshot_date=DAY,
            n_rows=table.count([DAY]),
            is_built=False,
            feature_version=DRAWN,
            data_version="",
            address=table.url,
        ),
        table_customers=pl.DataFrame(),
        model=MODEL,
        version="1",
        bundle=open_bundle(folder / "bundle"),
        scored_at=datetime.now(UTC),
    )
    score_and_store(run, plan, max_quarantined_share=0, environ=environ)
    return _told("ours", started)


def pandas_way(folder: Path) -> dict[str, float | str]:
    """From a Parquet file to a Parquet file, the pipeline being in memory already."""
    import pandas as pd

    config, features = _config(), load(DATASET).model_features
    bundle = open_bundle(folder / "bundle")
    params = bundle.manifest["model"]["params"]
    pipeline = candidate(bundle.kind, params, features, config.model)
    train = pl.read_parquet(folder / "train.parquet")
    fit_candidate(pipeline, train, features, config.model)
    _forget_peak()
    started = time.perf_counter()
    today = pd.read_parquet(folder / "today.parquet")
    today["probability"] = pipeline.predict_proba(_as_fitted(today, features))[:, 1]
    _add_worth(today, config.economics)
    listed = today.nlargest(int(SHARE * len(today)), "net")
    columns = [column["feature"] for column in bundle.manifest["columns"]]
    reasons = [
        reason
        for first in range(0, len(listed), AT_ONCE)
        for reason in _strongest(
            listed.iloc[first : first + AT_ONCE], pipeline, features, columns
        )
    ]
    listed["reasons"] = pd.Series(reasons, index=listed.index)
    today = today.merge(listed[["customer_id", "reasons"]], how="left")
    kept = ["customer_id", "probability", "value", "net", "decile", "reasons"]
    today[kept].to_parquet(folder / "scores.parquet")
    return _told("pandas", started)


def _add_worth(today: "pd.DataFrame", economics: Economics) -> None:
    p = today["probability"]
    today["value"] = today["monthly_price_cents"] * 12 / 100
    kept = economics.acceptance_rate * (today["value"] - economics.offer_eur)
    loyal = (1 - p) * (economics.offer_eur + economics.contact_eur)
    today["net"] = p * (kept - economics.contact_eur) - loyal
    today["decile"] = 10 - (p.rank(method="first") - 1) * 10 // len(p)


def _strongest(
    some: "pd.DataFrame",
    pipeline: "Pipeline",
    features: Sequence[Feature],
    columns: list[str],
) -> list[list[str]]:
    """The features that moved each customer's score most, with their values."""
    import pandas as pd
    from xgboost import DMatrix

    matrix = pipeline[:-1].transform(_as_fitted(some, features))
    booster = pipeline[-1].get_booster()
    moved = booster.predict(DMatrix(matrix), pred_contribs=True)[:, :-1]
    by_feature = pd.DataFrame(moved, columns=columns).T.groupby(level=0).sum().T
    order = np.argsort(-by_feature.to_numpy(), axis=1)[:, :MOST_REASONS]
    rows = some[[feature.name for feature in features]].to_dict("records")
    return [
        [f"{name}: {row[name]}" for name in by_feature.columns[places]]
        for row, places in zip(rows, order, strict=True)
    ]


WAYS: dict[str, Callable[[Path], dict[str, float | str]]] = {
    "ours": ours,
    "pandas": pandas_way,
}


def _set(section: Section | None) -> Section:
    if section is None:
        raise SystemExit(f"configs/datasets/{DATASET}.yaml lacks a section")
    return section


def _as_fitted(frame: "pd.DataFrame", features: Sequence[Feature]) -> "pd.DataFrame":
    """The columns as the pipeline was fitted on them."""
    kinds = {f.name: "float32" for f in features if f.kind == "number"}
    return frame[[f.name for f in features]].astype(kinds)


def _config() -> TrainingConfig:
    return training_config(ROOT, Request(DATASET, settings=SETTINGS))


def _environ(folder: Path) -> dict[str, str]:
    return {TABLES_URL: str(folder / "tables")}


def _in_process(way: str, folder: str) -> dict[str, float | str]:
    command = [sys.executable, "-m", "benchmarks.batch", "--one", way, folder]
    done = subprocess.run(  # noqa: S603 (this very module)
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    told: dict[str, float | str] = json.loads(done.stdout)
    return told


def _best(told: list[dict[str, float | str]], way: str) -> dict[str, float]:
    """The fastest, and the most memory."""
    own = [each for each in told if each["way"] == way]
    return {
        "seconds": min(float(each["seconds"]) for each in own),
        "peak_gb": max(float(each["peak_gb"]) for each in own),
    }


def _difference(folder: Path) -> float:
    table = ScoreTable.of(MODEL, environ=_environ(folder))
    mine = table.read(DAY, ["customer_id", "probability"])
    theirs = pl.read_parquet(folder / "scores.parquet").sort("customer_id")
    if not mine["customer_id"].equals(theirs["customer_id"]):
        raise SystemExit("the two ways scored other customers")
    apart = mine["probability"].to_numpy() - theirs["probability"].to_numpy()
    return float(np.abs(apart).max())


def _forget_peak() -> None:
    """Let the kernel count the most memory held anew (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _told(way: str, started: float) -> dict[str, float | str]:
    seconds = time.perf_counter() - started
    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return {"way": way, "seconds": seconds, "peak_gb": int(held.split()[1]) / 1e6}


if __name__ == "__main__":
    main()
