"""What a run of the pipeline ``batch_inference`` needs to know."""

from dataclasses import dataclass
from pathlib import Path

from churn.batch.record import BatchPlan
from churn.errors import ConfigError
from churn.features.engine import EnginePlan
from churn.tables import Load
from cli.deployment_config import live_version
from cli.pipeline_config import InputConfig, Request, merged

PIPELINE = "batch_inference"
NOBODY = "nobody can be scored"


@dataclass(frozen=True)
class BatchFile:
    """What ``configs/pipelines/batch_inference.yaml`` holds."""

    load: Load
    max_quarantined_share: float
    features: EnginePlan
    scoring: BatchPlan


@dataclass(frozen=True)
class _Merged(InputConfig):
    """All that the files say."""

    scoring: BatchPlan


@dataclass(frozen=True)
class BatchConfig(_Merged):
    """Everything the pipeline is told; the run belongs to the version in production."""

    version: str


def batch_config(root: Path, request: Request) -> BatchConfig:
    """Read, merge, override and check the files, and ask the ledger what is live.

    Raises
    ------
    ConfigError
        For anything unknown, missing, misplaced or of the wrong type, or an option
        without use here.
    LedgerError
        If the history cannot be read.
    NothingLiveError
        If nothing was ever live: there is nothing to score with.
    """
    if request.policy:
        raise ConfigError(f"--policy: the pipeline {PIPELINE} has no use for it")
    config = merged(root, request, (PIPELINE, BatchFile), _Merged)
    if config.snapshots is None and config.as_of is None:
        raise ConfigError(
            f"configs/datasets/{config.dataset}.yaml: a data set without times needs "
            "'as_of', or give --as-of"
        )
    version = live_version(root, request, so=NOBODY)
    return BatchConfig(**vars(config), version=version)
