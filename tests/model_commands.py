"""`run.py models`, as a person calls it."""

import json
from typing import Any

from click.testing import CliRunner

from cli.main import command


def said(*words: str, code: int = 0) -> str:
    """What the command prints."""
    done = CliRunner().invoke(command, ["models", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def told(*words: str, code: int = 0) -> Any:
    """What the command prints as JSON."""
    return json.loads(said(*words, "--json", code=code))
