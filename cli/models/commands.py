"""`run.py models`: its subcommands and their options. Imports nothing heavy early."""

import sys
from pathlib import Path

import click

from churn.errors import UsageError
from cli.hints import remember
from cli.root import ROOT

DATASET = click.option(
    "--dataset",
    default="subscriptions",
    show_default=True,
    metavar="NAME",
    callback=remember,
    help="A data set of configs/datasets.",
)
STACK = click.option(
    "--stack",
    default="local",
    show_default=True,
    metavar="NAME",
    callback=remember,
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
VERSION = click.argument("version", metavar="VERSION")
REASON = click.option(
    "--reason", required=True, metavar="TEXT", help="Why; the ledger keeps it for ever."
)


@click.group()
def models() -> None:
    """Show what is live and why; promote, approve, roll back, archive, replay."""


@models.command("list")
@click.option("--stage", metavar="NAME", help="production, staging, waiting, refused …")
@click.option("--tag", metavar="NAME", help="approved, rejected, override, a policy …")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="'NAME>NUMBER'",
    help="For example 'auc>0.8'. May be repeated.",
)
@click.option(
    "--search", metavar="TEXT", help="Anywhere in what is known of a version."
)
@DATASET
@STACK
@JSON
def list_models(  # noqa: PLR0913 (one parameter an option)
    stage: str | None,
    tag: str | None,
    metrics: tuple[str, ...],
    search: str | None,
    dataset: str,
    stack: str,
    *,
    as_json: bool,
) -> None:
    """List the versions of a model, newest first."""
    from cli.models.listing import Wanted, list_versions
    from cli.models.place import place

    wanted = Wanted(stage, tag, metrics, search)
    list_versions(place(ROOT, dataset, stack), wanted, as_json=as_json)


@models.command()
@VERSION
@DATASET
@STACK
@JSON
def show(version: str, dataset: str, stack: str, *, as_json: bool) -> None:
    """Show one version: figures, gates, origin, history."""
    from cli.models.place import place
    from cli.models.showing import show_version

    show_version(place(ROOT, dataset, stack), version, as_json=as_json)


@models.command()
@click.argument("version", metavar="[VERSION]", required=False)
@click.option(
    "--candidate", is_flag=True, help="The newest version, whatever its number."
)
@DATASET
@STACK
def card(version: str | None, dataset: str, stack: str, *, candidate: bool) -> None:
    """Print a version's scorecard as Markdown, for a summary or a comment."""
    from cli.models.card import show_card
    from cli.models.place import place

    if candidate == (version is not None):
        raise UsageError("models card: give either VERSION or --candidate")
    show_card(place(ROOT, dataset, stack), version)


@models.command()
@click.argument("first", metavar="VERSION")
@click.argument("second", metavar="VERSION")
@DATASET
@STACK
@JSON
def compare(
    first: str, second: str, dataset: str, stack: str, *, as_json: bool
) -> None:
    """Compare two versions on the test rows of the newer one."""
    from cli.models.comparing import compare_versions
    from cli.models.place import place

    compare_versions(place(ROOT, dataset, stack), (first, second), as_json=as_json)


@models.command()
@click.option("--at", metavar="INSTANT", help="What was live then (UTC), and why.")
@DATASET
@STACK
@JSON
def history(at: str | None, dataset: str, stack: str, *, as_json: bool) -> None:
    """Tell what happened, or what was live at an instant, and why."""
    from cli.models.history import show_history
    from cli.models.place import place

    show_history(place(ROOT, dataset, stack), at, as_json=as_json)


@models.command()
@VERSION
@REASON
@click.option(
    "--override",
    is_flag=True,
    help="Skip the rollout; needs the approval of a second person, marked for ever.",
)
@click.option(
    "--rollout",
    metavar="NAME",
    help="A policy of configs/rollouts. Default: the data set's own.",
)
@DATASET
@STACK
@JSON
def promote(  # noqa: PLR0913 (one parameter an option)
    version: str,
    reason: str,
    rollout: str | None,
    dataset: str,
    stack: str,
    *,
    override: bool,
    as_json: bool,
) -> None:
    """Begin a version's rollout, if its gates let it.

    Live at once where nothing is live yet, or the rollout has no phases.
    """
    from cli.models.place import place
    from cli.models.promotion import promote_version

    sys.exit(
        promote_version(
            place(ROOT, dataset, stack),
            version,
            reason,
            override=override,
            as_json=as_json,
            rollout=rollout,
        )
    )


@models.command()
@VERSION
@REASON
@DATASET
@STACK
@JSON
def approve(
    version: str, reason: str, dataset: str, stack: str, *, as_json: bool
) -> None:
    """Add your approval of a version; a person counts once."""
    from cli.models.place import place
    from cli.models.promotion import approve_version

    approve_version(place(ROOT, dataset, stack), version, reason, as_json=as_json)


@models.command()
@click.option("--to", metavar="VERSION", help="Default: the last one live and healthy.")
@REASON
@DATASET
@STACK
@JSON
def rollback(
    to: str | None, reason: str, dataset: str, stack: str, *, as_json: bool
) -> None:
    """Make an earlier version live again, at once."""
    from cli.models.place import place
    from cli.models.rollback import roll_back

    sys.exit(roll_back(place(ROOT, dataset, stack), to, reason, as_json=as_json))


@models.command()
@VERSION
@REASON
@DATASET
@STACK
@JSON
def archive(
    version: str, reason: str, dataset: str, stack: str, *, as_json: bool
) -> None:
    """Put a version away: it can never be live again."""
    from cli.models.place import place
    from cli.models.promotion import archive_version

    archive_version(place(ROOT, dataset, stack), version, reason, as_json=as_json)


@models.command()
@click.option(
    "--mirrors/--no-mirrors",
    "has_mirrors",
    default=True,
    help="Whether to ask ZenML and MLflow what they saw; on by default.",
)
@DATASET
@STACK
@JSON
def verify(dataset: str, stack: str, *, has_mirrors: bool, as_json: bool) -> None:
    """Check that the history is the one that was written; exit 1 if it is not."""
    from cli.models.place import place
    from cli.models.verifying import verify_ledger

    where = place(ROOT, dataset, stack)
    sys.exit(verify_ledger(where, has_mirrors=has_mirrors, as_json=as_json))


@models.command()
@click.argument("decision", metavar="DECISION")
@click.option("--retrain", is_flag=True, help="Fit the version's bundle again instead.")
@DATASET
@STACK
@JSON
def replay(
    decision: str, dataset: str, stack: str, *, retrain: bool, as_json: bool
) -> None:
    """Decide again from the stored rows: same answer, or the first difference.

    DECISION is a version, or event:NUMBER as `models history` shows it. Exit 1 when
    the answer differs.
    """
    from cli.models.place import place

    where = place(ROOT, dataset, stack)
    if retrain:
        from cli.models import retraining

        sys.exit(retraining.retrain(where, decision, as_json=as_json))
    from cli.models import replaying

    sys.exit(replaying.replay(where, decision, as_json=as_json))


@models.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Default: below the stack's folder.",
)
@DATASET
@STACK
@JSON
def page(out: Path | None, dataset: str, stack: str, *, as_json: bool) -> None:
    """Write one HTML page: what is live and why, candidates, history, the way back."""
    from cli.models.page import write_page
    from cli.models.place import place

    write_page(place(ROOT, dataset, stack), out, as_json=as_json)


@models.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@JSON
def keygen(folder: Path, *, as_json: bool) -> None:
    """Make a pair of keys in FOLDER, to sign bundles and events."""
    from cli.models.keys import make_keys

    make_keys(folder, as_json=as_json)
