"""What a run of the pipeline ``monitoring`` needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from churn.errors import ConfigError
from churn.monitoring.alarms import AlertPlan
from churn.monitoring.following import OutcomePlan
from churn.monitoring.plan import parse_monitoring
from churn.ranges import at_least
from churn.tables import Load
from cli.deployment_config import live_version
from cli.pipeline_config import Request, SourceConfig, merged
from storage.labels import check_label_files

PIPELINE = "monitoring"
NOBODY = "nothing is to be monitored"


@dataclass(frozen=True)
class MonitoringFile:
    """What ``configs/pipelines/monitoring.yaml`` holds."""

    load: Load
    max_quarantined_share: float
    outcomes: OutcomePlan
    alerts: AlertPlan
    evidently_rows: int
    monitoring: dict[str, Any]


@dataclass(frozen=True)
class _Merged(SourceConfig):
    """All that the files say."""

    outcomes: OutcomePlan
    alerts: AlertPlan
    evidently_rows: int
    monitoring: dict[str, Any]

    def __post_init__(self) -> None:
        """Refuse fewer rows than none."""
        super().__post_init__()
        at_least("evidently_rows", self.evidently_rows, 0)


@dataclass(frozen=True)
class MonitoringConfig(_Merged):
    """Everything the pipeline is told; the run belongs to the version in production.

    Without a source and without embedded data it goes by what was scored, and by the
    label files alone.
    """

    labels: list[str]
    version: str

    @property
    def has_source(self) -> bool:
        """Whether there are raw tables to read labels from."""
        return self.source is not None or self.simulation is not None


def monitoring_config(root: Path, request: Request) -> MonitoringConfig:
    """Read, merge, override and check the files, and ask the ledger what is live.

    Raises
    ------
    ConfigError
        For anything unknown, missing, misplaced or of the wrong type, or an option
        without use here.
    SourceError
        If a label file is missing, or is none.
    LedgerError
        If the history cannot be read.
    NothingLiveError
        If nothing was ever live: there is nothing to monitor.
    """
    if request.policy:
        raise ConfigError(f"--policy: the pipeline {PIPELINE} has no use for it")
    config = merged(root, request, (PIPELINE, MonitoringFile), _Merged)
    if request.window_days is not None:
        asked = {**config.monitoring, "window_days": request.window_days}
        config = replace(config, monitoring=asked)
    parse_monitoring(
        config.monitoring, f"configs/pipelines/{PIPELINE}.yaml: monitoring"
    )
    check_label_files(request.labels)
    version = live_version(root, request, so=NOBODY)
    return MonitoringConfig(
        **vars(config), labels=list(request.labels), version=version
    )


def check_monitoring_options(pipeline: str, given: Mapping[str, object]) -> None:
    """Refuse options of monitoring that another pipeline has no use for.

    Raises
    ------
    ConfigError
    """
    for option, value in given.items():
        if value and pipeline != PIPELINE:
            raise ConfigError(f"{option}: the pipeline {pipeline} has no use for it")
