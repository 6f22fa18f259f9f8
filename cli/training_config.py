"""What a training run needs to know: the merged document and its parsed form."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from churn.errors import ConfigError
from churn.evaluation.definitions import EvaluationPlan
from churn.gates.policy import parse_policy
from churn.model.plan import NO_SEARCH, CalibrationPlan, ModelPlan, SearchPlan
from churn.ranges import within
from churn.scoring.decision import Economics
from churn.snapshots import SnapshotPlan
from churn.splits import StratifiedSplit, TimeSplit
from cli.config import assign, parse, parse_date, plain, read_named
from datasets.subscriptions.plan import Simulation


@dataclass(frozen=True)
class PipelineFile:
    """What ``configs/pipelines/training.yaml`` holds.

    ``search`` may be left out where the kind of model is fixed.
    """

    model: ModelPlan
    search: SearchPlan | None
    calibration: CalibrationPlan
    evaluation: EvaluationPlan
    max_quarantined_share: float

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        within("max_quarantined_share", self.max_quarantined_share, 0, 1)


@dataclass(frozen=True)
class DatasetFile:
    """What ``configs/datasets/<name>.yaml`` holds.

    ``as_of`` is the moment that a table without times describes.
    """

    as_of: date | None
    simulation: Simulation | None
    snapshots: SnapshotPlan | None
    time_split: TimeSplit | None
    stratified_split: StratifiedSplit | None
    economics: Economics
    policy: str
    bounds: dict[str, float]


@dataclass(frozen=True)
class TrainingConfig:
    """Everything the training pipeline is told; the names are its parameters'."""

    dataset: str
    source: str | None
    as_of: str | None
    simulation: Simulation | None
    snapshots: SnapshotPlan | None
    time_split: TimeSplit | None
    stratified_split: StratifiedSplit | None
    model: ModelPlan
    search: SearchPlan | None
    calibration: CalibrationPlan
    evaluation: EvaluationPlan
    max_quarantined_share: float
    economics: Economics
    bounds: dict[str, float]
    policy: dict[str, Any]

    def __post_init__(self) -> None:
        """Refuse a share that is none, and a kind of model that nothing decides."""
        within("max_quarantined_share", self.max_quarantined_share, 0, 1)
        if self.model.kind is None and self.search is None:
            raise ConfigError(NO_SEARCH)

    @property
    def sha256(self) -> str:
        """Hash of the whole configuration."""
        text = json.dumps(plain(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    dataset: str
    source: str | None = None
    as_of: str | None = None
    settings: Sequence[str] = field(default_factory=tuple)


def training_config(root: Path, request: Request) -> TrainingConfig:
    """Read, merge, override and check the files that a training run needs.

    Raises
    ------
    ConfigError
        For anything unknown, missing, misplaced or of the wrong type.
    """
    configs = root / "configs"
    document = _merged(configs, request)
    for setting in request.settings:
        assign(document, setting)
    config: TrainingConfig = parse(document, TrainingConfig, "configuration")
    _check_windows(config)
    parse_policy(config.policy, config.bounds)
    if config.as_of is not None:
        parse_date(config.as_of, "--as-of")
    return config


def _merged(configs: Path, request: Request) -> dict[str, Any]:
    """One document of the pipeline's, the data set's and the policy's files."""
    raw = read_named(configs / "pipelines", "training", "pipeline")
    pipeline = parse(raw, PipelineFile, "configs/pipelines/training.yaml")
    where = f"configs/datasets/{request.dataset}.yaml"
    raw = read_named(configs / "datasets", request.dataset, "data set")
    dataset = parse(raw, DatasetFile, where)
    policy = read_named(configs / "policies", dataset.policy, "policy")
    parts: Mapping[str, Any] = {
        **plain(dataset),
        **plain(pipeline),
        "dataset": request.dataset,
        "source": request.source,
        "policy": policy,
    }
    if request.as_of is not None:
        parts = {**parts, "as_of": request.as_of}
    return {item.name: parts[item.name] for item in fields(TrainingConfig)}


def _check_windows(config: TrainingConfig) -> None:
    """Events need snapshots and a split by time; tables a stratified split."""
    where = f"configs/datasets/{config.dataset}.yaml"
    if (config.snapshots is None) != (config.time_split is None):
        msg = f"{where}: 'snapshots' and 'time_split' go together"
        raise ConfigError(msg)
    if (config.time_split is None) == (config.stratified_split is None):
        msg = f"{where}: give either 'time_split' or 'stratified_split'"
        raise ConfigError(msg)
    if config.snapshots is None and config.as_of is None:
        msg = f"{where}: a data set without times needs 'as_of', or give --as-of"
        raise ConfigError(msg)
