"""What a training run needs to know: the merged document and its parsed form."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from churn.errors import ConfigError
from churn.evaluation.definitions import EvaluationPlan
from churn.features.engine import EnginePlan
from churn.gates.policy import parse_policy
from churn.leaks.plan import LeakPlan
from churn.model.plan import NO_SEARCH, CalibrationPlan, ModelPlan, SearchPlan
from churn.probes.plan import ProbePlan
from churn.scoring.decision import Economics
from churn.splits import StratifiedSplit, TimeSplit
from churn.tables import Load
from cli.pipeline_config import InputConfig, Request, merged


@dataclass(frozen=True)
class PipelineFile:
    """What ``configs/pipelines/training.yaml`` holds.

    ``search`` may be left out where the kind of model is fixed.
    """

    model: ModelPlan
    search: SearchPlan | None
    calibration: CalibrationPlan
    evaluation: EvaluationPlan
    leaks: LeakPlan
    probes: ProbePlan
    load: Load
    max_quarantined_share: float
    features: EnginePlan


@dataclass(frozen=True)
class TrainingConfig(InputConfig):
    """Everything the training pipeline is told; the names are its parameters'."""

    time_split: TimeSplit | None
    stratified_split: StratifiedSplit | None
    model: ModelPlan
    search: SearchPlan | None
    calibration: CalibrationPlan
    evaluation: EvaluationPlan
    leaks: LeakPlan
    probes: ProbePlan
    economics: Economics
    bounds: dict[str, float]
    policy: dict[str, Any]

    def __post_init__(self) -> None:
        """Refuse a share that is none, and a kind of model that nothing decides."""
        super().__post_init__()
        if self.model.kind is None and self.search is None:
            raise ConfigError(NO_SEARCH)


def training_config(root: Path, request: Request) -> TrainingConfig:
    """Read, merge, override and check the files that a training run needs.

    Raises
    ------
    ConfigError
        For anything unknown, missing, misplaced or of the wrong type.
    """
    config = merged(root, request, ("training", PipelineFile), TrainingConfig)
    _check_windows(config)
    parse_policy(config.policy, config.bounds)
    return config


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
