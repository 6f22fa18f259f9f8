"""Finished runs, read back from their artifacts."""

from collections.abc import Callable, Mapping
from typing import Any

from zenml.client import Client
from zenml.models import ArtifactVersionResponse, PipelineRunResponse

from cli.outcome import (
    Backfilled,
    BatchScored,
    Deployed,
    Followed,
    Monitored,
    Outcome,
    Reconsidered,
    Times,
    Trained,
)


def outcome_of(pipeline: str, run_name: str, times: Times) -> Outcome:
    """Read a finished run's artifacts back."""
    run = Client().get_pipeline_run(run_name, allow_name_prefix_match=False)
    kind, facts = KINDS[pipeline]
    return kind(run=run_name, times=times, **facts(run))


def _read(run: PipelineRunResponse) -> dict[str, Any]:
    tables = _metadata(run, "validate_tables", "tables")
    rows = {
        k.removesuffix("_rows"): v for k, v in tables.items() if k.endswith("_rows")
    }
    quarantine = _output(run, "validate_tables", "quarantine")
    return {
        "source": tables["source"],
        "as_of": _output(run, "validate_tables", "as_of").load(),
        "rows": rows,
        "n_quarantined": _metadata(run, "validate_tables", "quarantine")["n_rows"],
        "quarantine": f"{quarantine.uri}/frame.parquet",
    }


def _trained(run: PipelineRunResponse) -> dict[str, Any]:
    return _read(run) | {
        "feature_table": _metadata(run, "build_snapshots", "snapshots")[
            "feature_table"
        ],
        "windows": _metadata(run, "split_snapshots", "split"),
        "search": _output(run, "search_model", "search_result").load(),
        "scorecard": _output(run, "evaluate_model", "scorecard").load(),
        "decision": _output(run, "decide_promotion", "decision").load(),
        "registration": _output(run, "register_model", "registration").load(),
        "report": f"{_output(run, 'publish_report', 'report').uri}/output.html",
    }


def _backfilled(run: PipelineRunResponse) -> dict[str, Any]:
    return _read(run) | {
        "backfill": _output(run, "build_feature_table", "backfill").load(),
        "n_published": _output(run, "publish_online", "n_published").load(),
    }


def _batch_scored(run: PipelineRunResponse) -> dict[str, Any]:
    return _read(run) | {
        "current": _output(run, "store_current_features", "current_rows").load(),
        "scored": _output(run, "score_customers", "scored").load(),
        "exported": _output(run, "export_targets", "exported").load(),
        "report": f"{_output(run, 'publish_batch_report', 'report').uri}/output.html",
    }


def _followed(run: PipelineRunResponse) -> dict[str, Any]:
    page = _output(run, "publish_models_page", "models_page")
    return {
        "version": _output(run, "smoke_test", "live_version").load(),
        "repairs": tuple(_output(run, "repair_mirrors", "repairs").load()),
        "page": f"{page.uri}/output.html",
    }


def _deployed(run: PipelineRunResponse) -> dict[str, Any]:
    page = _output(run, "publish_models_page", "models_page")
    return {
        "decision": _output(run, "decide_rollout", "rollout_decision").load(),
        "confirmation": _output(run, "confirm_live", "confirmation").load(),
        "server": _output(run, "deploy_release", "server_url").load(),
        "repairs": tuple(_output(run, "repair_mirrors", "repairs").load()),
        "page": f"{page.uri}/output.html",
    }


def _reconsidered(run: PipelineRunResponse) -> dict[str, Any]:
    page = _output(run, "publish_retraining_page", "retraining_page")
    return {
        "decision": _output(run, "decide_retraining", "retraining_decision").load(),
        "repairs": tuple(_output(run, "repair_mirrors", "repairs").load()),
        "page": f"{page.uri}/output.html",
    }


def _monitored(run: PipelineRunResponse) -> dict[str, Any]:
    page = _output(run, "publish_health_report", "health_report")
    quarantine = _output(run, "label_scores", "label_quarantine")
    return {
        "health": _output(run, "assess_health", "health").load(),
        "labelling": _output(run, "label_scores", "labelling").load(),
        "alerted": _output(run, "alert", "alerted").load(),
        "label_quarantine": f"{quarantine.uri}/frame.parquet",
        "repairs": tuple(_output(run, "repair_mirrors", "repairs").load()),
        "page": f"{page.uri}/output.html",
        "evidently": _guest(run),
    }


def _guest(run: PipelineRunResponse) -> str | None:
    """Where Evidently's page is; None where the configuration asks for none."""
    if "publish_evidently_report" not in run.steps:
        return None
    page = _output(run, "publish_evidently_report", "evidently_report")
    return f"{page.uri}/output.html"


# What a pipeline's runs are read back as.
KINDS: Mapping[str, tuple[type[Outcome], Callable[..., dict[str, Any]]]] = {
    "batch_inference": (BatchScored, _batch_scored),
    "deployment": (Deployed, _deployed),
    "features": (Backfilled, _backfilled),
    "monitoring": (Monitored, _monitored),
    "promotion": (Followed, _followed),
    "retraining": (Reconsidered, _reconsidered),
    "rollback": (Followed, _followed),
    "training": (Trained, _trained),
}


def _output(run: PipelineRunResponse, step: str, name: str) -> ArtifactVersionResponse:
    return run.steps[step].outputs[name][0]


def _metadata(run: PipelineRunResponse, step: str, name: str) -> dict[str, Any]:
    return dict(_output(run, step, name).run_metadata)
