"""Puts a model into the files of a bundle, and those into a folder."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.pipeline import Pipeline

from churn.model.calibration import Calibration
from churn.model.columns import to_columns
from churn.model.export import Exported
from churn.model.golden import golden_columns, golden_record
from churn.model.imbalance import Damage
from churn.model.manifest import (
    compact_json,
    describe_features,
    describe_value,
    describe_window,
    finished_manifest,
)
from churn.model.outcomes import outcomes_document
from churn.model.recipe import Recipe
from churn.model.spaces import LOGISTIC
from churn.profiles import profiles_of
from churn.scoring.bundle import Bundle
from churn.scoring.inputs import DECLARED
from churn.scoring.manifest import (
    BOOSTER,
    GOLDEN,
    GRAPH,
    LINEAR,
    MANIFEST,
    PROFILES,
)
from churn.scoring.session import graph_session, run_graph


def bundle_files(
    pipeline: Pipeline,
    exported: Exported,
    calibration: Calibration,
    windows: Mapping[str, pl.DataFrame],
    recipe: Recipe,
    cost: Damage | None,
) -> dict[str, bytes]:
    """All files of the bundle by name, in memory.

    Parameters
    ----------
    windows : mapping
        The snapshots ``train`` and ``calibration``.
    cost : Damage or None
        What rebalancing the training rows did, where it was done.
    """
    session = graph_session(exported.graph, threads=1)
    train = to_columns(windows["train"], recipe.features)
    later = to_columns(windows["calibration"], recipe.features)
    golden = golden_columns(train, recipe.features, seed=recipe.model.seed)
    expected = run_graph(session, "probability", golden)
    scores = run_graph(session, "probability", later)
    profiles = asdict(profiles_of(train, scores))
    outcomes = outcomes_document(windows["calibration"], scores, recipe.economics)
    name, reasons = _reasons(
        recipe.chosen.kind, pipeline["model"], run_graph(session, "matrix", train)
    )
    files = {
        GRAPH: exported.graph,
        GOLDEN: compact_json(golden_record(golden, expected)),
        PROFILES: compact_json(profiles | outcomes),
        name: reasons,
    }
    described = {
        "features": describe_features(recipe.features, train),
        "columns": [asdict(column) for column in exported.columns],
        "inputs": DECLARED,
        "customer_value": describe_value(windows["train"]),
        "calibration": asdict(calibration),
        "imbalance_damage": asdict(cost) if cost else None,
        "windows": {k: describe_window(frame) for k, frame in windows.items()},
    }
    return files | {MANIFEST: finished_manifest(described, recipe, files)}


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Write the files so that ``folder`` appears whole or not at all.

    Raises
    ------
    FileExistsError
        If the folder exists: a bundle is never changed.
    """
    if folder.exists():
        raise FileExistsError(f"expected no folder yet, found one: {folder}")
    draft = folder.with_name(f".{folder.name}.{bundle.bundle_sha256[:16]}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        for name, content in bundle.files.items():
            _write_durably(draft / name, content)
        _flush_folder(draft)
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _flush_folder(folder.parent)


def _reasons(
    kind: str, model: ClassifierMixin, matrix: NDArray[np.float32]
) -> tuple[str, bytes]:
    """What contributions are computed from: the booster, or the linear terms."""
    if kind != LOGISTIC:
        return BOOSTER, bytes(model.get_booster().save_raw("ubj"))
    terms: dict[str, Any] = {
        "intercept": float(model.intercept_[0]),
        "coefficients": [float(c) for c in model.coef_[0]],
        "means": [float(m) for m in matrix.mean(axis=0, dtype=np.float64)],
    }
    return LINEAR, compact_json(terms)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
