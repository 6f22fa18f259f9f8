"""What a bundle says about itself, as plain data."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.features.declarations import Feature
from churn.model.recipe import Recipe
from churn.scoring.manifest import FORMAT_VERSION

NAMED_FIELDS = (
    "lineage.configuration_sha256",
    "lineage.created_at",
    "lineage.feature_table",
    "lineage.git_commit",
    "lineage.run",
)
"""What may differ between two equal trainings."""


def describe_features(
    features: Sequence[Feature], train: Mapping[str, NDArray[Any]]
) -> list[dict[str, Any]]:
    """The input schema with what training saw of each feature."""
    return [_describe(feature, train[feature.name]) for feature in features]


def describe_window(frame: pl.DataFrame) -> dict[str, Any]:
    """Size, churn rate and dates of the snapshots of one window."""
    dates = frame["snapshot_date"]
    first, last = dates.min(), dates.max()
    n_churners = int(frame["is_churn"].sum())
    return {
        "n_rows": frame.height,
        "n_customers": frame["customer_id"].n_unique(),
        "n_churners": n_churners,
        "churn_rate": n_churners / frame.height,
        "first_snapshot": str(first),
        "last_snapshot": str(last),
    }


def describe_value(frame: pl.DataFrame) -> dict[str, float]:
    """What a customer of a window is usually worth, in EUR per year."""
    return {"median_eur": float(frame.select(pl.median("customer_value")).item())}


def describe_model(recipe: Recipe) -> dict[str, Any]:
    """Kind, parameters and means of the learner, and how it was chosen."""
    return {
        "kind": recipe.chosen.kind,
        "params": dict(recipe.chosen.params),
        "imbalance": recipe.model.imbalance,
        "seed": recipe.model.seed,
        "threads": recipe.model.threads,
        "search": asdict(recipe.chosen),
    }


def finished_manifest(
    described: Mapping[str, Any], recipe: Recipe, files: Mapping[str, bytes]
) -> bytes:
    """Add format, identity of the files and lineage; as written to the bundle."""
    return readable_json(
        {
            **described,
            "format_version": FORMAT_VERSION,
            "dataset": recipe.dataset,
            "model": describe_model(recipe),
            "economics": asdict(recipe.economics),
            "reproducible": recipe.chosen.reproducible,
            "lineage": dict(recipe.lineage),
            "named_fields": list(NAMED_FIELDS),
            "files": {name: _fingerprint(files[name]) for name in sorted(files)},
        }
    )


def compact_json(value: Any) -> bytes:
    """Sorted keys, shortest float that reads back the same, no NaN."""
    text = json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
        ensure_ascii=False,
    )
    return text.encode()


def readable_json(value: Any) -> bytes:
    """As ``compact_json``, one key a line."""
    text = json.dumps(
        value, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False
    )
    return (text + "\n").encode()


def _describe(feature: Feature, values: NDArray[Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": feature.name,
        "kind": feature.kind,
        "unit": feature.unit,
        "meaning": feature.meaning,
        "log1p": feature.log1p,
    }
    if feature.kind == "category":
        seen = sorted({str(value) for value in values} - {""})
        missing = float(np.mean(values == ""))
        return described | {
            "type": "string",
            "categories": seen,
            "missing_share": missing,
        }
    present = values[~np.isnan(values)]
    return described | {
        "type": "float32",
        "min": float(present.min()) if len(present) else None,
        "max": float(present.max()) if len(present) else None,
        "missing_share": float(np.mean(np.isnan(values))),
    }


def _fingerprint(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
