"""What a run of the pipeline ``features`` needs to know."""

from dataclasses import dataclass
from pathlib import Path

from churn.backfill import DateRange
from churn.errors import ConfigError
from churn.features.engine import EnginePlan
from churn.tables import Load
from cli.pipeline_config import InputConfig, Request, merged


@dataclass(frozen=True)
class FeaturesFile:
    """What ``configs/pipelines/features.yaml`` holds."""

    dates: DateRange
    load: Load
    max_quarantined_share: float
    features: EnginePlan


@dataclass(frozen=True)
class FeaturesConfig(InputConfig):
    """Everything the pipeline is told; the names are its parameters'."""

    dates: DateRange


def features_config(root: Path, request: Request) -> FeaturesConfig:
    """Read, merge, override and check the files that a backfill needs.

    Raises
    ------
    ConfigError
        For anything unknown, missing, misplaced or of the wrong type, and for a
        data set without snapshot dates.
    """
    config = merged(root, request, ("features", FeaturesFile), FeaturesConfig)
    if config.snapshots is None:
        raise ConfigError(
            f"configs/datasets/{config.dataset}.yaml has no 'snapshots': its rows are "
            "the snapshots, and there are no dates to build; run `--pipeline training`"
        )
    return config
