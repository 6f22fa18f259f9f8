"""The facts of one training, gathered for its report. Writes no words of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from churn.contracts import rule_counts
from churn.dataset import Dataset
from churn.evaluation.scorecard import Scorecard
from churn.gates.decision import Decision
from churn.model.search import SearchResult
from churn.report.content import (
    Compared,
    ModelChoice,
    TableQuality,
    TrainingReport,
    Window,
)
from churn.report.formats import number
from churn.report.words import metric
from churn.scoring.bundle import Bundle
from churn.splits import Split


@dataclass(frozen=True, kw_only=True)
class Training:
    """The artifacts of one training, and what its version became."""

    dataset: Dataset
    as_of: date
    good: Mapping[str, pl.DataFrame]
    quarantined: pl.DataFrame
    source: str
    split: Split
    search: SearchResult
    bundle: Bundle
    scorecard: Scorecard
    decision: Decision
    model_version: str
    stage: str


def assemble(training: Training) -> TrainingReport:
    """Turn artifacts into what the report tells."""
    windows = vars(training.split).items()
    return TrainingReport(
        dataset=training.dataset.name,
        as_of=training.as_of,
        windows=tuple(_window(name, frame) for name, frame in windows),
        decision=training.decision,
        model_version=training.model_version,
        stage=training.stage,
        scorecard=training.scorecard,
        model=_choice(training.search, training.bundle.manifest),
        features=training.dataset.model_features,
        quality=table_quality(training.good, training.quarantined),
        lineage=_lineage(training),
    )


def table_quality(
    good: Mapping[str, pl.DataFrame], quarantined: pl.DataFrame
) -> tuple[TableQuality, ...]:
    """Rows read, rows quarantined and broken rules of each raw table."""
    counts = rule_counts(quarantined)
    return tuple(
        _quality(name, frame, quarantined, counts) for name, frame in good.items()
    )


def _quality(
    name: str, good: pl.DataFrame, quarantined: pl.DataFrame, counts: pl.DataFrame
) -> TableQuality:
    n_lost = quarantined.filter(pl.col("table") == name).height
    broken = counts.filter(pl.col("table") == name).drop("table")
    return TableQuality(
        table=name,
        n_rows=good.height + n_lost,
        n_quarantined=n_lost,
        broken_rules=dict(broken.iter_rows()),
    )


def _window(name: str, frame: pl.DataFrame) -> Window:
    dates = frame["snapshot_date"].sort()
    return Window(
        name=name,
        first_snapshot=dates[0],
        last_snapshot=dates[-1],
        n_rows=frame.height,
        n_churners=int(frame["is_churn"].sum()),
    )


def _choice(search: SearchResult, manifest: Mapping[str, Any]) -> ModelChoice:
    model = manifest["model"]
    candidates = tuple(
        Compared(
            kind=candidate.kind,
            log_loss=candidate.log_loss,
            gap=candidate.gap,
            gap_se=candidate.gap_se,
            n_trials=candidate.n_trials,
        )
        for candidate in search.candidates
    )
    return ModelChoice(
        kind=search.kind,
        why=search.why,
        candidates=candidates,
        calibration=manifest["calibration"]["method"],
        imbalance=model["imbalance"],
        imbalance_damage=_damage(manifest["imbalance_damage"]),
    )


def _damage(measured: Mapping[str, Any] | None) -> str | None:
    """What rebalancing did to the probabilities, before they were calibrated."""
    if measured is None:
        return None
    with_it, without = measured["rebalanced"], measured["plain"]
    figures = (
        f"{metric(name).label} {number(with_it[name], 'score')} instead of "
        f"{number(without[name], 'score')}"
        for name in ("roc_auc", "brier", "ece")
    )
    return (
        "Rebalancing the training rows gave, on the calibration window and before "
        f"calibration: {', '.join(figures)} without it."
    )


def _lineage(training: Training) -> dict[str, str]:
    files = training.bundle.manifest["files"]
    return {
        "source": training.source,
        **training.bundle.manifest["lineage"],
        "bundle_sha256": training.bundle.bundle_sha256,
        "graph_sha256": files["model.onnx"]["sha256"],
    }
