"""What a run of the pipeline ``retraining`` needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from churn.errors import ConfigError
from churn.retraining.plan import Trigger, parse_trigger
from cli.config import parse, read_named
from cli.deployment_config import NothingLiveError
from cli.following_config import FollowingConfig, NoSettings
from cli.models.place import place
from cli.pipeline_config import DatasetFile, Request
from cli.training_config import training_config
from registry.conditions import Act, check_reason
from registry.errors import LedgerMissingError
from registry.retraining import NOTHING_LIVE
from registry.state import state

PIPELINE = "retraining"


@dataclass(frozen=True)
class RetrainingConfig(FollowingConfig):
    """Everything the pipeline is told: of which version, when, by which trigger.

    ``moment`` is when it is decided, or pretended to be; ``reason`` a person's.
    """

    moment: str
    trigger: dict[str, Any]
    reason: str | None


def retraining_config(root: Path, request: Request) -> RetrainingConfig:
    """Read the trigger's file, and from the ledger what is live.

    Raises
    ------
    ConfigError
        For anything unknown, missing or misplaced.
    NothingLiveError
        If nothing is live: there is nothing to train again.
    """
    raw = read_named(root / "configs" / "pipelines", PIPELINE, "pipeline")
    parse(raw, NoSettings, f"configs/pipelines/{PIPELINE}.yaml")
    document = trigger_document(root, request.dataset, request.trigger)
    if request.reason is not None:
        check_reason(Act("", datetime.now(UTC), request.reason))
    return RetrainingConfig(
        request.dataset,
        _live(root, request),
        moment_of(root, request, datetime.now(UTC)).isoformat(),
        document,
        request.reason,
    )


def trigger_document(root: Path, dataset: str, chosen: str | None) -> dict[str, Any]:
    """The trigger that was chosen, or the data set's own; found to be one.

    Raises
    ------
    ConfigError
    """
    own = dataset_file(root, dataset).retraining
    document = read_named(root / "configs" / "retraining", chosen or own, "trigger")
    read_named(root / "configs" / "policies", parse_trigger(document).policy, "policy")
    return document


def trigger_of(root: Path, dataset: str, chosen: str | None) -> Trigger:
    """The same, parsed."""
    return parse_trigger(trigger_document(root, dataset, chosen))


def dataset_file(root: Path, name: str) -> DatasetFile:
    """What the file of a data set holds."""
    raw: Mapping[str, Any] = read_named(root / "configs" / "datasets", name, "data set")
    found: DatasetFile = parse(raw, DatasetFile, f"configs/datasets/{name}.yaml")
    return found


def moment_of(root: Path, request: Request, now: datetime) -> datetime:
    """When it is decided: as of the day asked, else when the data end, else now.

    The embedded data end with their simulation; a file without times describes the
    day that its data set names. All else is alive, so that its moment is now.
    """
    told = training_config(root, replace(request, policy=None))
    if told.as_of is not None:
        return _end_of(told.as_of)
    if told.simulation is not None and request.source is None:
        last = told.simulation.start + timedelta(days=told.simulation.n_days)
        return datetime.combine(last, time(), tzinfo=UTC)
    return now


def _end_of(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)


def _live(root: Path, request: Request) -> str:
    try:
        live = state(place(root, request.dataset, request.stack).events()).champion
    except LedgerMissingError:
        live = None
    if live is None:
        raise NothingLiveError(NOTHING_LIVE)
    return live


def check_options(pipeline: str, given: Mapping[str, object]) -> None:
    """Refuse options of retraining that another pipeline has no use for.

    Raises
    ------
    ConfigError
    """
    for option, value in given.items():
        if value and pipeline != PIPELINE:
            raise ConfigError(f"{option}: the pipeline {pipeline} has no use for it")
