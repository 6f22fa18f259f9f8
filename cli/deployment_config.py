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
from registry.errors import LedgerMissingError, RefusedError
from registry.state import State, state

PIPELINE = "deployment"
NOBODY_SERVED = "nothing is served"


class NothingLiveError(RefusedError):
    """No version is in production yet; the text says how one gets there."""


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
    LedgerError
        If the history cannot be read.
    NothingLiveError
        If nothing was ever live: there is nothing to serve, nothing to compare with.
    """
    _check_options(request)
    raw = read_named(root / "configs" / "pipelines", PIPELINE, "pipeline")
    for setting in request.settings:
        assign(raw, setting)
    file = parse(raw, DeploymentFile, f"configs/pipelines/{PIPELINE}.yaml")
    document = rollout_document(root, request.dataset, request.rollout)
    head = _head(root, request)
    if head.production is None:
        raise NothingLiveError(_first(head, NOBODY_SERVED))
    holder = head.staging or head.production
    return DeploymentConfig(request.dataset, holder.version, document, **plain(file))


def policy_in_force(
    root: Path, request: Request, config: DeploymentConfig
) -> dict[str, Any]:
    """The policy of the rollout that runs, or else the one that would begin."""
    running = _head(root, request).rollout
    return config.rollout if running is None else running.plan


def _head(root: Path, request: Request) -> State:
    try:
        return state(place(root, request.dataset, request.stack).events())
    except LedgerMissingError:
        return State()


def live_version(root: Path, request: Request, *, so: str) -> str:
    """The version in production.

    ``so`` says what follows where there is none.

    Raises
    ------
    LedgerError
        If the history cannot be read.
    NothingLiveError
        If nothing was ever live.
    """
    head = _head(root, request)
    if head.production is None:
        raise NothingLiveError(_first(head, so))
    return head.production.version


def _first(head: State, so: str) -> str:
    """What makes the first version live."""
    none = f"nothing is in production, so {so}"
    if head.staging is None:
        return (
            f"{none}; a training whose model is approved comes first: "
            "`--pipeline training`"
        )
    version = head.staging.version
    return f"{none}; `models promote {version}` makes version {version} live"


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
            "`models promote VERSION --override` skips them, once another approved"
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
