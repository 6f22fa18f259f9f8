"""Run one pipeline: check everything first, then run, then say what came of it."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from churn.errors import ConfigError, SourceError
from churn.scoring.keys import signing_key, trusted_keys
from cli.batch_config import BatchConfig, batch_config
from cli.config import plain
from cli.deployment_config import (
    DeploymentConfig,
    NothingLiveError,
    deployment_config,
    policy_in_force,
)
from cli.features_config import features_config
from cli.following_config import FollowingConfig, following_config
from cli.graph import check_pipeline, step_graph
from cli.hints import Hints
from cli.monitoring_config import (
    MonitoringConfig,
    check_monitoring_options,
    monitoring_config,
)
from cli.pipeline_config import PipelineConfig, Request, SourceConfig
from cli.retraining_config import check_options, retraining_config
from cli.stacks.file import StackFile, load_stack
from cli.stacks.secrets import environment_of
from cli.training_config import training_config
from datasets.catalogue import load
from storage.databases import PASSWORD_VARIABLE
from storage.sources import check_full, open_source, part_password, probe

CONFIGURATIONS: Mapping[str, Callable[[Path, Request], PipelineConfig]] = {
    "batch_inference": batch_config,
    "deployment": deployment_config,
    "features": features_config,
    "monitoring": monitoring_config,
    "promotion": following_config("promotion"),
    "retraining": retraining_config,
    "rollback": following_config("rollback"),
    "training": training_config,
}


@dataclass(frozen=True)
class Options:
    """The options of ``run.py``, as given."""

    pipeline: str
    dataset: str
    source: str | None
    stack: str
    as_of: str | None
    settings: tuple[str, ...]
    no_cache: bool
    dry_run: bool
    as_json: bool
    fail_on_refusal: bool
    policy: str | None = None
    rollout: str | None = None
    looks_again: bool = False
    trigger: str | None = None
    reason: str | None = None
    decide_only: bool = False
    window_days: int | None = None
    labels: tuple[str, ...] = ()


def run_pipeline(root: Path, options: Options) -> int:
    """Check, apply the stack, run, summarise; returns the exit code."""
    check_pipeline(root, options.pipeline)
    stack = load_stack(options.stack, root=root, environ=os.environ)
    check_keys(os.environ)
    _check_options(options)
    if not options.dry_run:
        from cli.doctor.doctor import check_before_run

        check_before_run(stack, root=root, environ=os.environ)
    request = _request(options)
    try:
        config = CONFIGURATIONS[options.pipeline](root, request)
    except NothingLiveError as error:
        return _nothing_live(options, error)
    if isinstance(config, SourceConfig) and _reads_source(config):
        check_source(config, environment_of(stack, os.environ))
    graph = step_graph(root, options.pipeline)
    document = run_document(root, options, config, stack, list(graph))
    if options.dry_run:
        if isinstance(config, DeploymentConfig):
            document["parameters"]["rollout"] = policy_in_force(root, request, config)
        click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
        click.echo(graph_text(graph))
        return 0
    from cli.execution import execute

    return execute(root, options, stack, document)


def _check_options(options: Options) -> None:
    """Find an option that the pipeline has no use for before any server is asked."""
    _check_rollout(options)
    check_options(
        options.pipeline,
        {
            "--trigger": options.trigger,
            "--reason": options.reason,
            "--decide-only": options.decide_only,
        },
    )
    check_monitoring_options(
        options.pipeline,
        {"--window": options.window_days, "--labels": options.labels},
    )


def _request(options: Options) -> Request:
    """What the pipeline's configuration is made of."""
    return Request(
        options.dataset,
        _without_password(options.source),
        options.as_of,
        options.settings,
        options.policy,
        options.stack,
        options.rollout,
        options.trigger,
        options.reason,
        options.window_days,
        options.labels,
    )


def _nothing_live(options: Options, error: NothingLiveError) -> int:
    """No failure: a schedule may be there before the first version is."""
    told = Hints(options.dataset, options.stack).whole(str(error))
    is_look = options.pipeline == "deployment"
    key = "nothing_to_deploy" if is_look else "nothing_live"
    click.echo(json.dumps({key: told}) if options.as_json else told)
    return 0


def _check_rollout(options: Options) -> None:
    if options.rollout and options.pipeline != "deployment":
        raise ConfigError(
            f"--rollout: the pipeline {options.pipeline} has no use for it"
        )


def check_keys(variables: Mapping[str, str]) -> None:
    """Find a reference to a key that leads nowhere before any step does."""
    signing_key(variables)
    trusted_keys(variables)


def _without_password(source: str | None) -> str | None:
    """Move a URL's password to where steps look for it: ZenML keeps the URL."""
    if source is None:
        return None
    address, password = part_password(source)
    if password is not None:
        os.environ[PASSWORD_VARIABLE] = password
    return address


def _reads_source(config: SourceConfig) -> bool:
    """Whether the run needs raw tables; monitoring can do without."""
    return not isinstance(config, MonitoringConfig) or config.has_source


def check_source(config: SourceConfig, environ: Mapping[str, str]) -> None:
    """Find a missing file, table or column, or a silent server, before running."""
    if config.source is not None:
        declared = load(config.dataset).tables
        if config.load == "full":
            check_full(declared)
        probe(open_source(config.source, environ=environ), declared)
    elif config.simulation is None:
        msg = (
            f"data set {config.dataset!r} has no embedded data; "
            "give --source FILE, FOLDER or DATABASE URL"
        )
        raise SourceError(msg)


def run_document(
    root: Path,
    options: Options,
    config: PipelineConfig,
    stack: StackFile,
    steps: list[str],
) -> dict[str, Any]:
    """The one document that ZenML gets and keeps with the run."""
    # Only ever switched off here: ``true`` would overrule the steps that must run.
    caching = {"enable_cache": False} if options.no_cache else {}
    return {
        "run_name": run_name(options, datetime.now(UTC)),
        **caching,
        "model": model_of(config, stack),
        "tags": [config.dataset, options.stack],
        "parameters": plain(config),
        **stack.run_configuration(steps),
        "extra": {
            "holdfast": {
                "git_commit": git_commit(root),
                "configuration_sha256": config.sha256,
            }
        },
    }


def model_of(config: PipelineConfig, stack: StackFile) -> dict[str, Any]:
    """The model that the run belongs to: a new version, or the one it is about."""
    name = {"name": stack.model_name(config.dataset)}
    if isinstance(config, (FollowingConfig, BatchConfig, MonitoringConfig)):
        return name | {"version": config.version}
    return name


def run_name(options: Options, now: datetime) -> str:
    """Pipeline, data set and moment; unique to the microsecond."""
    return f"{options.pipeline}-{options.dataset}-{now:%Y%m%d-%H%M%S-%f}"


def git_commit(root: Path) -> str:
    """The commit, marked where files differ from it; an image says of which it is."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command)
            command, cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get("HOLDFAST_COMMIT", "unknown")
    return done.stdout.strip()


def graph_text(graph: dict[str, tuple[str, ...]]) -> str:
    """The steps, each with what it waits for."""
    width = max(map(len, graph))
    lines = [
        f"  {step:<{width}}  {'after ' + ', '.join(before) if before else ''}".rstrip()
        for step, before in graph.items()
    ]
    return "\n".join(["steps:", *lines])
