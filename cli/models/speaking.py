"""How the commands answer: a table for a person, or one JSON document."""

from datetime import datetime
from typing import Any

import click
import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from churn.gates.decision import Decision
from cli.console import console
from cli.tables import gates_table


def show(shown: RenderableType) -> None:
    """Print something for a person; a path survives a narrow terminal."""
    console().print(shown, soft_wrap=isinstance(shown, Text))


def say(document: Any, shown: RenderableType, *, as_json: bool) -> None:
    """Print what was found, in the form that was asked for."""
    if as_json:
        encoded = msgspec.json.encode(document)
        click.echo(msgspec.json.format(encoded, indent=2).decode())
    else:
        show(shown)


def when(at: datetime) -> str:
    """A moment to the minute; the commands speak UTC."""
    return f"{at:%Y-%m-%d %H:%M}"


def decided(decision: Decision) -> Group:
    """What was decided, then every gate."""
    style = "green" if decision.approved else "red"
    told = Text(f"policy {decision.policy}, {decision.reason}", style=f"bold {style}")
    return Group(told, gates_table(decision.gates))
