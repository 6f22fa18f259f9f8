"""What a run of the pipeline ``deployment`` needs to know."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from churn.errors import ConfigError
from churn.ranges import at_least
from churn.rollout.plan import check_promise, parse_rollout
from cli.config import assign, parse, plain, read_named
from cli.following_config import FollowingConfig
from cli.models.place import place
from cli.pipeline_config import DatasetFile, Request
from registry.errors import RefusedError
from registry.state import state

PIPELINE = "deployment"


@dataclass(frozen=True)
class DeploymentFile:
    """What ``configs/pipelines/deployment.yaml`` holds."""

    confirm_seconds: float

    def __post_init__(self) -> None:
        """Refuse a wait that is none."""
        at_least("confirm_seconds", self.confirm_seconds, 0)


@dataclass(frozen=True)
class DeploymentConfig(FollowingConfig):
    """Everything the pipeline is told: whose rollout it is, and by which policy.

    A rollout that has begun keeps the policy with which it began.
    """

    rollout: dict[str, Any]
    confirm_seconds: float


def deployment_config(root: Path, request: Request) -> DeploymentConfig:
    """Read the pipeline's and the rollout's files, and from the ledger who is next.

    Raises
    ------
    ConfigError
        For anything unknown, missing or misplaced, or an option without use here.
    LedgerError, RefusedError
        If there is no history, or neither a live nor a staged version.
    """
    _check_options(request)
    raw = read_named(root / "configs" / "pipelines", PIPELINE, "pipeline")
    for setting in request.settings:
        assign(raw, setting)
    file = parse(raw, DeploymentFile, f"configs/pipelines/{PIPELINE}.yaml")
    document = rollout_document(root, request.dataset, request.rollout)
    head = state(place(root, request.dataset, request.stack).events())
    holder = head.staging or head.production
    if holder is None:
        raise RefusedError(
            "no version is live or in staging; a training whose model is approved "
            "makes one: `python run.py --pipeline training`"
        )
    return DeploymentConfig(request.dataset, holder.version, document, **plain(file))


def rollout_document(root: Path, dataset: str, chosen: str | None) -> dict[str, Any]:
    """The rollout policy that was chosen, or the data set's own; found to be one.

    Raises
    ------
    ConfigError
        If there is no such policy, it is none, or it would skip what the data set's
        own asks for.
    """
    raw = read_named(root / "configs" / "datasets", dataset, "data set")
    own = parse(raw, DatasetFile, f"configs/datasets/{dataset}.yaml").rollout
    folder = root / "configs" / "rollouts"
    document = read_named(folder, chosen or own, "rollout")
    plan = parse_rollout(document)
    check_promise(plan)
    if not plan.phases and parse_rollout(read_named(folder, own, "rollout")).phases:
        raise ConfigError(
            f"--rollout {chosen}: the data set's own rollout, {own}, has phases; "
            "`models promote --override` skips them with a second person's approval"
        )
    return document


def _check_options(request: Request) -> None:
    given = {
        "--source": request.source,
        "--as-of": request.as_of,
        "--policy": request.policy,
    }
    for option, value in given.items():
        if value:
            raise ConfigError(f"{option}: the pipeline {PIPELINE} has no use for it")
