"""How the commands about stacks answer: a pipe or file gets its lines whole."""

import io
import sys
from typing import Any

import click
from rich.console import Console, RenderableType

from cli.models.speaking import say

WIDEST = 10_000


def is_narrow() -> bool:
    """Whether a person looks, whose terminal has a width."""
    return sys.stdout.isatty()


def tell(document: Any, shown: RenderableType, *, as_json: bool) -> None:
    """Print what was found; nothing is wrapped where no terminal is."""
    if as_json or is_narrow():
        say(document, shown, as_json=as_json)
    else:
        click.echo(_whole(shown))


def _whole(shown: RenderableType) -> str:
    """The text without the blanks that fill a table's columns."""
    page = io.StringIO()
    Console(file=page, width=WIDEST, force_terminal=False).print(shown)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())
