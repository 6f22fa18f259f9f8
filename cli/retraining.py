"""`--pipeline retraining`: decide whether to train again, and then do."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.text import Text

from churn.errors import HoldfastError
from churn.retraining.decision import RetrainingDecision
from cli.models.acting import carry_out
from cli.models.place import Place, place
from cli.models.speaking import show
from cli.pipeline_config import Request
from cli.retraining_config import trigger_of
from cli.retraining_summary import decision_shown
from cli.run_pipeline import Options, run_pipeline
from cli.training_config import training_config
from registry.actor import actor
from registry.conditions import Act
from registry.errors import LedgerMovedError
from registry.retraining import Ended, ended, last_decision
from registry.versions import versions

FAILED, NO_NEED, INTERRUPTED = 1, 4, 130
ATTEMPTS = 5


def retrain(root: Path, options: Options) -> int:
    """Decide, and train in this process where the answer is yes.

    Returns 0 when there was no need, or a version was made (also one that its gates
    refuse); 1 when the training failed; with ``decide_only`` 0 for yes and 4 for no.
    """
    training = _training(root, options)
    if options.dry_run:
        return run_pipeline(root, options)
    code, told = _told(root, replace(options, as_json=True))
    if code:
        return code
    if "to" in told:
        text = (
            f"{told['run']}: handed over to {told['to']}, which decides and records it"
        )
        click.echo(json.dumps(told, indent=2) if options.as_json else text)
        return 0
    if "decision" not in told:
        (text,) = told.values()
        click.echo(
            json.dumps({"nothing_to_retrain": text}) if options.as_json else text
        )
        return NO_NEED if options.decide_only else 0
    where = place(root, options.dataset, options.stack)
    decision = msgspec.convert(told["decision"], RetrainingDecision)
    if not options.as_json:
        show(decision_shown(decision, where.hints))
        show(Text.assemble(("Page  ", "bold"), told["page"]))
    if decision.retrain and not options.decide_only:
        code, told["training"] = _trained(where, training)
    elif options.decide_only and not decision.retrain:
        code = NO_NEED
    if options.as_json:
        click.echo(json.dumps(told, indent=2))
    return code


def _training(root: Path, options: Options) -> Options:
    """The training that may follow; what is wrong with it is found before deciding."""
    trigger = trigger_of(root, options.dataset, options.trigger)
    training = replace(
        options,
        pipeline="training",
        policy=options.policy or trigger.policy,
        trigger=None,
        reason=None,
        decide_only=False,
    )
    request = Request(
        training.dataset,
        training.source,
        training.as_of,
        training.settings,
        training.policy,
        training.stack,
    )
    training_config(root, request)
    return training


def _told(root: Path, options: Options) -> tuple[int, dict[str, Any]]:
    """Run a pipeline; its exit code and the document that it would have printed."""
    with redirect_stdout(io.StringIO()) as printed:
        code = run_pipeline(root, options)
    text = printed.getvalue()
    return code, json.loads(text) if text else {}


def _trained(where: Place, training: Options) -> tuple[int, dict[str, Any]]:
    """Train, and write what came of it into the ledger; production stays as it is."""
    before = {version.version_id for version in versions(where.events())}
    document: dict[str, Any] = {}
    try:
        if training.as_json:
            code, document = _told(where.root, training)
        else:
            code = run_pipeline(where.root, training)
    except HoldfastError as error:
        _keep(where, "failed", f"the training failed: {error}", {})
        raise
    if code == INTERRUPTED:
        _keep(where, "interrupted", "the training was interrupted", {})
    elif code == FAILED:
        step, cause = _broken()
        _keep(where, "failed", f"the training failed in {step}: {cause}", {})
        click.echo(_calm(where), err=True)
    else:
        _keep_made(where, before)
    return code, document


def _keep_made(where: Place, before: set[str]) -> None:
    """Tell of the version that was made."""
    made = [v for v in versions(where.events()) if v.version_id not in before]
    if not made:
        return
    version = made[-1]
    ended: Ended = "trained" if version.is_approved else "refused"
    told = {"version": version.version, "became": version.stage}
    reason = f"version {version.version} was trained: {version.stage}"
    _keep(where, ended, reason, told)


def _keep(where: Place, became: Ended, reason: str, told: dict[str, Any]) -> None:
    """Append what came of it; others may append meanwhile."""
    for attempt in range(ATTEMPTS):
        act = Act(actor(), datetime.now(UTC), reason)
        try:
            with where.ledger(where.signer) as ledger:
                events = where.of(ledger)
                carry_out(where, ledger, events, ended(events, act, became, told))
        except LedgerMovedError:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        return


def _broken() -> tuple[str, str]:
    """Where and why the newest training broke."""
    from zenml.client import Client

    from cli.submission import broken_step

    newest = Client().list_pipeline_runs(
        pipeline="training", sort_by="desc:created", size=1
    )
    return broken_step(newest.items[0].name) or ("pipeline", "see its log")


def _calm(where: Place) -> str:
    """What a failed training means for whom is served."""
    asked = last_decision(where.events())
    live = asked.version if asked else ""
    return (
        f"production is as it was: version {live} answers; the next look at "
        "`--pipeline retraining` may try again"
    )
