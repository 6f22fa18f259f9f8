"""Options and subcommands. Imports nothing heavy before it is needed."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from churn.errors import HoldfastError, UsageError
from cli.contracts.commands import contracts
from cli.features.commands import features
from cli.hints import Hinting, remember
from cli.models.commands import DATASET, STACK, models
from cli.rollout.commands import rollout
from cli.root import ROOT
from cli.schedule.commands import schedule
from cli.server.commands import server
from cli.stacks.commands import stacks

QUIET = {
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_ENABLE_RICH_TRACEBACK": "false",
    "ZENML_LOGGING_VERBOSITY": "INFO",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "ORT_DISABLE_TELEMETRY": "1",
    "MLFLOW_CONFIGURE_LOGGING": "false",
    # A server's address after each run and trial, also amid what --json prints.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # Idle OpenMP threads of two libraries that spin block each other for minutes.
    "OMP_WAIT_POLICY": "passive",
}
EXAMPLES = """
\b
Examples:
  python run.py --pipeline training
  python run.py --pipeline training --dataset telco --source Telco.csv
  python run.py --pipeline training --set search.trials=5 --dry-run
  python run.py --pipeline training --policy refresh
  python run.py --list
  python run.py features show failed_payment_share_90d
  python run.py contracts diff --base origin/main
  python run.py models list --metric 'auc>0.8'
  python run.py --pipeline deployment --until live
  python run.py --pipeline batch_inference --as-of 2025-05-31
  python run.py --pipeline monitoring --as-of 2025-06-23 --labels left_in_may.csv
  python run.py --pipeline retraining --decide-only
  python run.py schedule cron --form crontab
  python run.py rollout status
  python run.py server stop
  python run.py stacks doctor staging
  python run.py serve --dataset telco --port 8080 -- --workers 2
  python run.py dashboard
  python run.py demo

\b
Sources:
  a CSV or Parquet file, a folder of them (one a table), or a database:
  sqlite:///shop.db, postgresql+psycopg://me@host/db, mysql+pymysql://me@host/db
  (the password comes from HOLDFAST_SOURCE_PASSWORD)

\b
Exit codes:
  0 done, also when the model was refused   1 the run failed
  2 the command or a configuration is wrong 3 refused, with --fail-on-refusal
  4 no need to train again, with --decide-only
"""


@click.group(cls=Hinting, invoke_without_command=True, epilog=EXAMPLES)
@click.option("--pipeline", metavar="NAME", help="The pipeline to run; see --list.")
@click.option(
    "--dataset",
    default="subscriptions",
    show_default=True,
    metavar="NAME",
    callback=remember,
    help="A data set of configs/datasets; see --list.",
)
@click.option("--source", metavar="X", help="A file, a folder or a database URL.")
@click.option(
    "--stack",
    default="local",
    show_default=True,
    metavar="NAME",
    callback=remember,
    help="Where to run: a stack of configs/stacks.",
)
@click.option(
    "--as-of",
    metavar="DATE",
    help="Pretend it is the end of this day. Default: all that the source knows.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override one setting, for example search.trials=5. May be repeated.",
)
@click.option(
    "--policy",
    metavar="NAME",
    help="What a version must show: a policy of configs/policies. "
    "Default: the data set's own.",
)
@click.option(
    "--rollout",
    metavar="NAME",
    help="How a version goes live: a policy of configs/rollouts, for one that begins. "
    "Default: the data set's own.",
)
@click.option(
    "--until",
    type=click.Choice(["live"]),
    help="Repeat --pipeline deployment until the version is live or sent back.",
)
@click.option(
    "--trigger",
    metavar="NAME",
    help="When to train again: a file of configs/retraining, for --pipeline "
    "retraining. Default: the data set's own.",
)
@click.option(
    "--reason",
    metavar="TEXT",
    help="Train again whatever the trigger says; the ledger keeps why.",
)
@click.option(
    "--decide-only",
    is_flag=True,
    help="Decide whether to train again and leave it at that: exit 0 yes, 4 no.",
)
@click.option(
    "--window",
    "window_days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Days of scores that --pipeline monitoring looks at. Default: its file's.",
)
@click.option(
    "--labels",
    multiple=True,
    metavar="PATH",
    help="A CSV or Parquet file (or a folder of them) of what became of customers, for "
    "--pipeline monitoring: customer_id, snapshot_date, is_churn and, where known, "
    "known_at. May be repeated.",
)
@click.option("--no-cache", is_flag=True, help="Run every step anew.")
@click.option(
    "--dry-run", is_flag=True, help="Show configuration and steps; run nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--fail-on-refusal",
    is_flag=True,
    help="Exit 3 when the model is refused, or monitoring finds that it does harm.",
)
@click.option(
    "--list", "lists", is_flag=True, help="List pipelines, data sets, stacks."
)
@click.pass_context
def command(context: click.Context, **options: Any) -> None:
    """Holdfast predicts which customers will leave and decides whom to keep.

    A pipeline says WHAT is done, a stack WHERE; both are files under configs/.
    """
    if context.invoked_subcommand is not None:
        return
    if options["lists"]:
        from cli.listing import listing

        click.echo(listing(ROOT))
    elif options["pipeline"] is None:
        if len(sys.argv) > 1:
            raise UsageError("--pipeline NAME is missing; see --list for the names")
        click.echo(context.get_help())
    else:
        from cli.run_pipeline import Options, run_pipeline

        asked = Options(**_options(options))
        if options["until"]:
            from cli.rollout.until import until_live

            sys.exit(until_live(ROOT, asked))
        if asked.pipeline == "retraining":
            from cli.retraining import retrain

            sys.exit(retrain(ROOT, asked))
        sys.exit(run_pipeline(ROOT, asked))


def _options(options: dict[str, Any]) -> dict[str, Any]:
    others = ("lists", "until")
    return {name: value for name, value in options.items() if name not in others}


@command.command()
@click.option("--zenml-port", default=8237, show_default=True, help="First port tried.")
@click.option(
    "--mlflow-port", default=5000, show_default=True, help="First port tried."
)
@click.option("--stack", default="local", show_default=True, metavar="NAME")
def dashboard(zenml_port: int, mlflow_port: int, stack: str) -> None:
    """Open ZenML's dashboard and MLflow's pages of these runs; Ctrl-C ends both."""
    from cli.dashboard import run_dashboard

    run_dashboard(ROOT, stack=stack, zenml_port=zenml_port, mlflow_port=mlflow_port)


@command.command()
@DATASET
@STACK
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def serve(
    dataset: str, stack: str, host: str, port: int, options: tuple[str, ...]
) -> None:
    """Serve the production model on this machine and say how to ask it.

    OPTIONS after a -- go to the server; `python -m serving --help` tells them.
    """
    from cli.serve import run_server

    run_server(ROOT, dataset, stack, host=host, port=port, options=options)


@command.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where all of it happens, .holdfast/demo if not given; an earlier demo there "
    "makes way.",
)
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
def demo(folder: Path | None, *, keep: bool) -> None:
    """Tell the whole story in minutes: models, servers, alarms, a page at the end.

    Everything is real and happens in FOLDER alone; only the page and the reports it
    links to are left.
    """
    from cli.demo.run import run_demo

    sys.exit(run_demo(folder or ROOT / ".holdfast" / "demo", keep=keep))


command.add_command(contracts)
command.add_command(features)
command.add_command(models)
command.add_command(rollout)
command.add_command(schedule)
command.add_command(server)
command.add_command(stacks)


def main() -> None:
    """Run the command; a mistake of its user is one line and exit code 2."""
    # Read when the libraries are imported: no tracking of users, no own consoles.
    os.environ.update(QUIET)
    try:
        command()
    except UsageError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    except HoldfastError as error:
        click.echo(f"failed: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        # A file or folder that was named; anything else is a fault of ours.
        if error.filename is None:
            raise
        click.echo(f"error: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
