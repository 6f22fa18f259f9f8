"""What the pipelines that follow a promotion or a rollback need to know."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from churn.errors import ConfigError
from cli.config import parse, read_named
from cli.models.place import place
from cli.pipeline_config import PipelineConfig, Request
from registry.errors import RefusedError
from registry.state import state


@dataclass(frozen=True)
class NoSettings:
    """What their files hold: the ledger alone says what there is to do."""


@dataclass(frozen=True)
class FollowingConfig(PipelineConfig):
    """Everything such a pipeline is told: which version is to be live."""

    version: str


def following_config(pipeline: str) -> Callable[[Path, Request], FollowingConfig]:
    """How the configuration of one of these pipelines is made."""

    def config(root: Path, request: Request) -> FollowingConfig:
        """Read from the ledger what is live.

        Raises
        ------
        ConfigError
            For an option that the pipeline has no use for.
        LedgerError, RefusedError
            If there is no history, or nothing was ever live.
        """
        _check_options(pipeline, request)
        raw = read_named(root / "configs" / "pipelines", pipeline, "pipeline")
        parse(raw, NoSettings, f"configs/pipelines/{pipeline}.yaml")
        live = state(place(root, request.dataset, request.stack).events()).champion
        if live is None:
            raise RefusedError(
                "nothing is live, so there is nothing to follow; "
                "`models promote VERSION` first"
            )
        return FollowingConfig(request.dataset, live)

    return config


def _check_options(pipeline: str, request: Request) -> None:
    given = {
        "--source": request.source,
        "--as-of": request.as_of,
        "--policy": request.policy,
        "--set": request.settings,
    }
    for option, value in given.items():
        if value:
            raise ConfigError(f"{option}: the pipeline {pipeline} has no use for it")
