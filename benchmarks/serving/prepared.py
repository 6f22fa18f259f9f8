"""The one model that all contenders serve: trained once, laid down for each of them."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import polars as pl
from sklearn.pipeline import Pipeline

from benchmarks.quality import FILES, ROOT
from benchmarks.serving.rivals.pipeline_steps import with_log1p
from churn.contracts import validate
from churn.model.candidates import candidate, fit_candidate
from churn.model.race import Observer, TrialRecord
from churn.model.search import search
from churn.model.spaces import BOOSTING, LOGISTIC
from churn.model.train import fit_bundle
from churn.scoring.bundle import Bundle
from churn.scoring.release import Mode, Release, Served
from churn.snapshots import build_snapshots
from churn.splits import Split, split
from churn.tables import resolve_as_of
from cli.training_config import Request, TrainingConfig, training_config
from datasets.catalogue import load
from storage.release import RELEASE_URL, write_release
from storage.sources import open_source, read_tables

DATASET = "telco"
MODEL = "churn-telco-benchmark"
N_CUSTOMERS = 1000
SETTINGS = (
    "search.trials=3",
    # So that the pipeline alone, which any library can serve, is the whole model.
    "calibration.methods=[none]",
)


@dataclass(frozen=True)
class Customer:
    """What is asked about, and what scikit-learn says of it."""

    customer_id: str
    customer_value: float
    values: Mapping[str, Any]
    probability: float


@dataclass(frozen=True)
class Prepared:
    """Folders and files below ``folder``, and the customers that are asked about."""

    folder: Path
    kind: str
    champion: Served
    challenger: Served
    bundle: Bundle
    customers: Sequence[Customer]

    @property
    def pipeline(self) -> Path:
        """The pickled scikit-learn pipeline."""
        return self.folder / "pipeline.joblib"

    @property
    def mlflow_model(self) -> Path:
        """The same pipeline as MLflow keeps it."""
        return self.folder / "mlflow"

    def place(self, name: str) -> Path:
        """A new folder for a server."""
        folder = self.folder / "servers" / name
        folder.mkdir(parents=True)
        return folder

    def release(
        self, folder: Path, mode: Mode, *, champion: Served | None = None
    ) -> Path:
        """Tell the servers that follow a folder what to serve from now on."""
        told = Release(
            model=MODEL,
            sequence=time.time_ns() // 1000,
            ledger_hash="0" * 64,
            champion=champion or self.champion,
            challenger=None if mode == "live" else self.challenger,
            mode=mode,
            weight=0.0,
        )
        write_release(told, environ={RELEASE_URL: str(folder)})
        return folder / f"{MODEL}.json"


def prepare(folder: Path, data: Path, *, kind: str | None) -> Prepared:
    """Train champion and challenger on the real rows and lay them down."""
    fixed = () if kind is None else (f"model.kind={kind}", "search=null")
    config = _config(data, *(fixed or SETTINGS[:1]), *SETTINGS[1:])
    windows = _windows(config)
    champion = _trained(windows, config)
    rival = _config(data, f"model.kind={BOOSTING}", "search=null", *SETTINGS[1:])
    challenger = _trained(windows, rival)
    import mlflow.sklearn

    # It warns of pickle, which is why ours has none; its own servers read it.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    pipeline = portable_pipeline(champion, windows.train, config)
    joblib.dump(pipeline, folder / "pipeline.joblib")
    mlflow.sklearn.save_model(
        pipeline,
        folder / "mlflow",
        pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle",
    )
    return Prepared(
        folder=folder,
        kind=champion.kind,
        champion=_written(folder / "champion", "1", champion),
        challenger=_written(folder / "challenger", "2", challenger),
        bundle=champion,
        customers=_customers(windows.test, pipeline),
    )


def portable_pipeline(
    bundle: Bundle, train: pl.DataFrame, config: TrainingConfig
) -> Pipeline:
    """The champion's pipeline, to be unpickled where our package is not installed."""
    features = load(DATASET).model_features
    params = bundle.manifest["model"]["params"]
    pipeline = candidate(bundle.kind, params, features, config.model)
    fit_candidate(pipeline, train, features, config.model)
    if bundle.kind == LOGISTIC:
        matrix = pipeline["prepare"]
        matrix.transformers = matrix.transformers_
        steps = matrix.named_transformers_["numbers"].named_steps
        steps["double"].func = np.asarray
        steps["log1p"].func = with_log1p
    return pipeline


def _config(data: Path, *settings: str) -> TrainingConfig:
    source = str(data / str(FILES[DATASET]))
    return training_config(ROOT, Request(DATASET, source, settings=settings))


def _windows(config: TrainingConfig) -> Split:
    dataset = load(DATASET)
    frames = read_tables(open_source(str(config.source), environ={}), dataset.tables)
    good = validate(dataset.tables, frames).good
    as_of = resolve_as_of(config.as_of, dataset.tables, good)
    snapshots = build_snapshots(dataset, good, config.snapshots, as_of=as_of)
    return split(snapshots, config.time_split, config.stratified_split, maturity_days=0)


def _trained(windows: Split, config: TrainingConfig) -> Bundle:
    dataset = load(DATASET)
    chosen = search(
        windows.train,
        dataset.model_features,
        config.model,
        config.search,
        maturity_days=0,
        observer=Observer(time.monotonic, _ignore),
    )
    return fit_bundle(
        windows,
        dataset,
        chosen,
        config.model,
        config.calibration,
        config.economics,
        lineage={},
    )


def _written(folder: Path, version: str, bundle: Bundle) -> Served:
    folder.mkdir()
    for name, content in bundle.files.items():
        (folder / name).write_bytes(content)
    return Served(version, str(folder), bundle.bundle_sha256)


def _customers(test: pl.DataFrame, pipeline: Pipeline) -> list[Customer]:
    """Customers of the test window who miss nothing, as every contender takes them."""
    names = [feature.name for feature in load(DATASET).model_features]
    rows = test.drop_nulls(names).head(N_CUSTOMERS)
    values = rows.select(names)
    probability = pipeline.predict_proba(values.to_pandas())[:, 1]
    return [
        Customer(customer_id, customer_value, value, float(p))
        for customer_id, customer_value, value, p in zip(
            rows["customer_id"],
            rows["customer_value"],
            values.to_dicts(),
            probability,
            strict=True,
        )
    ]


def _ignore(_trial: TrialRecord) -> None:
    """Nobody watches a benchmark's trials."""
