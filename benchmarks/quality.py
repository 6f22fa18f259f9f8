"""How good the whole recipe is, search and calibration included, on every data set.

    python -m benchmarks.quality [--dataset NAME ...] [--folds 5] [--repeats 3]

Tables: repeated stratified cross-validation, the search inside each fold. Events:
the temporal test window. Real files are looked for below ``--data``.
"""

import argparse
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table
from sklearn.metrics import brier_score_loss, roc_auc_score

from churn.contracts import validate
from churn.model.columns import to_columns
from churn.model.folds import customer_folds
from churn.model.race import Observer, TrialRecord
from churn.model.search import search
from churn.model.train import fit_bundle
from churn.snapshots import build_snapshots
from churn.splits import Split, split_by_time
from churn.tables import resolve_as_of
from cli.training_config import Request, TrainingConfig, training_config
from datasets.catalogue import load
from datasets.subscriptions.simulate import simulate
from storage.sources import open_source, read_tables

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "telco": "telco/Telco-Customer-Churn.csv",
    "bank": "bank/BankChurners.csv",
    "online_retail": "online_retail/online_retail.parquet",
    "subscriptions": None,
}
RESAMPLES = 400
SEED = 20240101


@dataclass(frozen=True)
class Target:
    """What a figure has to reach."""

    metric: str
    bound: float

    def reached(self, value: float) -> bool:
        """Losses from below, all else from above."""
        return value <= self.bound if self.metric == "Brier" else value >= self.bound


TARGETS = {
    "telco": (Target("AUC", 0.846), Target("Brier", 0.135)),
    "bank": (Target("AUC", 0.992),),
    "online_retail": (Target("AUC", 0.73),),
    "subscriptions": (Target("share of the oracle's lead", 0.9),),
}


@dataclass(frozen=True)
class Figure:
    """A measured value and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Outcome:
    """One split, trained and scored."""

    kind: str
    figures: Mapping[str, float]
    test: pl.DataFrame
    probability: np.ndarray


def main() -> int:
    """Measure what was asked for; 1 if a target is missed."""
    asked = _arguments()
    console = Console()
    table = Table("data set", "figure", "value", "standard error", "target", "reached")
    missed = False
    for name in asked.dataset:
        started = time.perf_counter()
        kinds, figures = measure(name, asked)
        for metric, figure in figures.items():
            target = next((t for t in TARGETS[name] if t.metric == metric), None)
            reached = target is None or target.reached(figure.value)
            missed = missed or not reached
            table.add_row(name, metric, *_written(figure, target, reached=reached))
        took = time.perf_counter() - started
        console.print(f"{name}: {', '.join(kinds)}; {took:.0f} s")
    console.print(table)
    return int(missed)


def measure(
    name: str, asked: argparse.Namespace
) -> tuple[list[str], dict[str, Figure]]:
    """Kinds chosen and figures of one data set."""
    file = FILES[name]
    source = str(asked.data / file) if file else None
    config = training_config(ROOT, Request(name, source))
    snapshots, oracle = _snapshots(config)
    if config.time_split is not None and config.snapshots is not None:
        windows = split_by_time(
            snapshots, config.time_split, maturity_days=config.snapshots.maturity_days
        )
        return _temporal(train_and_score(windows, config), oracle)
    outcomes = [
        train_and_score(windows, config)
        for windows in repeated(snapshots, asked.folds, asked.repeats)
    ]
    return _averaged(outcomes, asked.folds)


def train_and_score(windows: Split, config: TrainingConfig) -> Outcome:
    """The recipe as the pipeline runs it, then the test window."""
    dataset = load(config.dataset)
    chosen = search(
        windows.train,
        dataset.model_features,
        config.model,
        config.search,
        maturity_days=config.snapshots.maturity_days if config.snapshots else 0,
        observer=Observer(time.monotonic, _ignore),
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
    probability = bundle.score(to_columns(windows.test, dataset.model_features))
    figures = _figures(windows.test["is_churn"].to_numpy(), probability)
    return Outcome(bundle.kind, figures, windows.test, probability)


def repeated(snapshots: pl.DataFrame, folds: int, repeats: int) -> Iterator[Split]:
    """Each fold tests once per repeat; a quarter of the rest calibrates."""
    for repeat in range(repeats):
        for fold in customer_folds(snapshots, folds=folds, seed=SEED + repeat):
            rest, test = snapshots[fold.train], snapshots[fold.validate]
            inner = customer_folds(rest, folds=4, seed=SEED + repeat)[0]
            yield Split(rest[inner.train], rest[inner.validate], test)


def _snapshots(config: TrainingConfig) -> tuple[pl.DataFrame, pl.DataFrame]:
    dataset = load(config.dataset)
    if config.source is None and config.simulation is not None:
        frames, oracle = simulate(config.simulation)
    else:
        opened = open_source(str(config.source), environ=os.environ)
        frames, oracle = read_tables(opened, dataset.tables), pl.DataFrame()
    good = validate(dataset.tables, frames).good
    as_of = resolve_as_of(config.as_of, dataset.tables, good)
    return build_snapshots(dataset, good, config.snapshots, as_of=as_of), oracle


def _figures(is_churn: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    return {
        "AUC": float(roc_auc_score(is_churn, probability)),
        "Brier": float(brier_score_loss(is_churn, probability)),
    }


def _averaged(
    outcomes: Sequence[Outcome], folds: int
) -> tuple[list[str], dict[str, Figure]]:
    """Means over folds that share rows: the error is Nadeau and Bengio's (2003)."""
    figures = {}
    for metric in outcomes[0].figures:
        values = np.array([outcome.figures[metric] for outcome in outcomes])
        spread = (1 / len(values) + 1 / (folds - 1)) * values.var(ddof=1)
        figures[metric] = Figure(float(values.mean()), float(np.sqrt(spread)))
    kinds = [outcome.kind for outcome in outcomes]
    return [f"{kinds.count(k)} x {k}" for k in sorted(set(kinds))], figures


def _temporal(
    outcome: Outcome, oracle: pl.DataFrame
) -> tuple[list[str], dict[str, Figure]]:
    """One test window; errors by resampling its customers."""
    truth = _truth(outcome.test, oracle)
    values = _with_lead(outcome, truth, slice(None))
    customers = outcome.test["customer_id"].rank("dense").to_numpy() - 1
    by_customer = np.split(
        np.argsort(customers, kind="stable"), np.cumsum(np.bincount(customers))[:-1]
    )
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(RESAMPLES):
        picked = rng.integers(len(by_customer), size=len(by_customer))
        rows = np.concatenate([by_customer[i] for i in picked])
        drawn.append(_with_lead(outcome, truth, rows))
    figures = {
        metric: Figure(value, float(np.std([d[metric] for d in drawn], ddof=1)))
        for metric, value in values.items()
    }
    return [outcome.kind], figures


def _with_lead(
    outcome: Outcome, truth: np.ndarray | None, rows: np.ndarray | slice
) -> dict[str, float]:
    is_churn = outcome.test["is_churn"].to_numpy()[rows]
    figures = _figures(is_churn, outcome.probability[rows])
    if truth is not None:
        best = float(roc_auc_score(is_churn, truth[rows]))
        figures["oracle's AUC"] = best
        figures["share of the oracle's lead"] = (figures["AUC"] - 0.5) / (best - 0.5)
    return figures


def _truth(test: pl.DataFrame, oracle: pl.DataFrame) -> np.ndarray | None:
    if oracle.is_empty():
        return None
    key = ["customer_id", "snapshot_date"]
    joined = test.select(key).join(oracle, on=key, how="left", maintain_order="left")
    return joined["churn_probability"].to_numpy()


def _written(figure: Figure, target: Target | None, *, reached: bool) -> list[str]:
    verdict = "" if target is None else ("yes" if reached else "no")
    bound = "" if target is None else f"{target.bound:g}"
    return [f"{figure.value:.4f}", f"{figure.error:.4f}", bound, verdict]


def _ignore(_trial: TrialRecord) -> None:
    """Nobody watches a benchmark's trials."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--dataset", nargs="+", choices=sorted(FILES), default=sorted(FILES)
    )
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("HOLDFAST_DATA", "../shared/data")),
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
