"""What every pipeline is told: its file, the data set's and the policy's, merged."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from churn.errors import ConfigError
from churn.features.engine import EnginePlan
from churn.gates.policy import bounds_named_in, parse_policy
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
    rollout: str
    retraining: str
    policy: str
    bounds: dict[str, float]


@dataclass(frozen=True)
class PipelineConfig:
    """What every pipeline is told; the names are its parameters'."""

    dataset: str

    @property
    def sha256(self) -> str:
        """Hash of the whole configuration."""
        text = json.dumps(plain(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class SourceConfig(PipelineConfig):
    """What a pipeline is told of the raw tables it reads."""

    source: str | None
    as_of: str | None
    simulation: Simulation | None
    snapshots: SnapshotPlan | None
    load: Load
    max_quarantined_share: float

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        within("max_quarantined_share", self.max_quarantined_share, 0, 1)


@dataclass(frozen=True)
class InputConfig(SourceConfig):
    """What a pipeline is told that makes features of raw tables."""

    features: EnginePlan


Config = TypeVar("Config", bound=SourceConfig)


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    dataset: str
    source: str | None = None
    as_of: str | None = None
    settings: Sequence[str] = field(default_factory=tuple)
    policy: str | None = None
    stack: str = "local"
    rollout: str | None = None
    trigger: str | None = None
    reason: str | None = None
    window_days: int | None = None
    labels: Sequence[str] = field(default_factory=tuple)


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
        _refuse_policy(setting)
        assign(document, setting)
    config: Config = parse(document, form, "configuration")
    if config.as_of is not None:
        parse_date(config.as_of, "--as-of")
    return config


def _refuse_policy(setting: str) -> None:
    """A policy changed here would be kept and shown under a name that means another."""
    if setting.partition("=")[0].partition(".")[0] == "policy":
        raise ConfigError(
            f"--set {setting}: a policy is changed in its file; copy one in "
            "configs/policies and give --policy NAME"
        )


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
        **_policy(configs / "policies", dataset, request.policy),
        **asked,
    }


def _policy(folder: Path, dataset: DatasetFile, chosen: str | None) -> dict[str, Any]:
    """The policy, and those of the data set's bounds that it leaves to it.

    Another policy than the data set's own may need fewer of them. All must mean
    something to its own, which is where a mistyped name shows.
    """
    own = read_named(folder, dataset.policy, "policy")
    if chosen is None or chosen == dataset.policy:
        return {"policy": own, "bounds": dataset.bounds}
    parse_policy(own, dataset.bounds)
    policy = read_named(folder, chosen, "policy")
    names = bounds_named_in(policy)
    bounds = {n: number for n, number in dataset.bounds.items() if n in names}
    return {"policy": policy, "bounds": bounds}
