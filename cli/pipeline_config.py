"""What every pipeline is told: its file, the data set's and the policy's, merged."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from churn.features.engine import EnginePlan
from churn.ranges import within
from churn.scoring.decision import Economics
from churn.snapshots import SnapshotPlan
from churn.splits import StratifiedSplit, TimeSplit
from churn.tables import Load
from cli.config import assign, parse, parse_date, plain, read_named
from datasets.subscriptions.plan import Simulation


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
class PipelineConfig:
    """What a pipeline is told of its input; the names are its parameters'."""

    dataset: str
    source: str | None
    as_of: str | None
    simulation: Simulation | None
    snapshots: SnapshotPlan | None
    load: Load
    max_quarantined_share: float
    features: EnginePlan

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        within("max_quarantined_share", self.max_quarantined_share, 0, 1)

    @property
    def sha256(self) -> str:
        """Hash of the whole configuration."""
        text = json.dumps(plain(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


Config = TypeVar("Config", bound=PipelineConfig)


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    dataset: str
    source: str | None = None
    as_of: str | None = None
    settings: Sequence[str] = field(default_factory=tuple)


def merged(
    root: Path, request: Request, file: tuple[str, type], form: type[Config]
) -> Config:
    """Read, merge, override and parse the files that a pipeline's run needs.

    Parameters
    ----------
    file : str and type
        The pipeline, and what its file holds.
    form : type
        What the pipeline is told.

    Raises
    ------
    ConfigError
        For anything unknown, missing, misplaced or of the wrong type.
    """
    document = _document(root / "configs", request, file)
    document = {item.name: document[item.name] for item in fields(form)}
    for setting in request.settings:
        assign(document, setting)
    config: Config = parse(document, form, "configuration")
    if config.as_of is not None:
        parse_date(config.as_of, "--as-of")
    return config


def _document(
    configs: Path, request: Request, file: tuple[str, type]
) -> dict[str, Any]:
    """All that the pipeline's, the data set's and the policy's files say."""
    name, form = file
    raw = read_named(configs / "pipelines", name, "pipeline")
    pipeline = parse(raw, form, f"configs/pipelines/{name}.yaml")
    raw = read_named(configs / "datasets", request.dataset, "data set")
    dataset = parse(raw, DatasetFile, f"configs/datasets/{request.dataset}.yaml")
    asked = {} if request.as_of is None else {"as_of": request.as_of}
    return {
        **plain(dataset),
        **plain(pipeline),
        "dataset": request.dataset,
        "source": request.source,
        "policy": read_named(configs / "policies", dataset.policy, "policy"),
        **asked,
    }
