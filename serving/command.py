"""The command line of the server; its options are the settings."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from churn.errors import HoldfastError, UsageError
from serving.settings import (
    Settings,
    description_of,
    kind_of,
    option_of,
    settings_of,
    variable_of,
)

EPILOG = """
\b
Examples:
  python -m serving --release .holdfast/releases/churn-telco.json
  python -m serving --release s3://models/releases --model churn-telco --workers 4
  python -m serving keygen shop --keys keys.json

\b
Every option is also a variable: --most-rows is HOLDFAST_MOST_ROWS.
Exit codes: 0 stopped   1 failed   2 the command or a setting is wrong
"""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for name in reversed(Settings.__struct_fields__):
        command = _option(name)(command)
    return command


def _option(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    default = getattr(Settings(), name)
    text = f"{description_of(name)} [{variable_of(name)}]"
    if kind_of(name) is bool:
        return click.option(option_of(name), is_flag=True, default=None, help=text)
    if default is not None:
        text = f"{text} [default: {default}]"
    metavar = option_of(name).rpartition("-")[2].upper()
    return click.option(option_of(name), metavar=metavar, help=text)


@click.group(invoke_without_command=True, epilog=EPILOG)
@_options
@click.pass_context
def command(context: click.Context, **given: Any) -> None:
    """Serve the model that a release names; follow the release without a restart."""
    if context.invoked_subcommand is not None:
        return
    from serving.supervisor import supervise

    context.exit(supervise(settings_of(given, os.environ), os.environ))


@command.command()
@click.argument("name")
@click.option("--keys", required=True, type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("predict",),
    show_default=True,
    help="What the key may do: predict, metrics, release. May be repeated.",
)
@click.option("--days", type=click.FloatRange(min=0), help="Valid for so long.")
def keygen(name: str, keys: Path, scopes: tuple[str, ...], days: float | None) -> None:
    """Add an API key called NAME to a file; it is shown this once."""
    from serving.keys import add_key

    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    click.echo(add_key(keys, name, scopes=scopes, expires_at=expires_at))


def main(arguments: list[str]) -> int:
    """Run the command; a mistake of its user is one line and exit code 2."""
    try:
        code = command.main(arguments, prog_name="serving", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return 2
    except UsageError as error:
        click.echo(f"error: {error}", err=True)
        return 2
    except HoldfastError as error:
        click.echo(f"failed: {error}", err=True)
        return 1
    except click.Abort:
        return 130
    return int(code or 0)
