"""`models keygen`: a pair of keys, of which one signs and the other is trusted."""

import os
from pathlib import Path
from shlex import quote

from rich.text import Text

from churn.errors import ConfigError
from churn.scoring.keys import (
    PRIVATE_FILE,
    PUBLIC_FILE,
    SIGNING_KEY,
    TRUSTED_KEYS,
    key_pair,
)
from cli.models.speaking import say


def make_keys(folder: Path, *, as_json: bool) -> None:
    """Write a new pair into a folder; the private one for its owner alone.

    Raises
    ------
    ConfigError
        If there is a key already, which is never replaced.
    """
    private, public = key_pair()
    folder.mkdir(parents=True, exist_ok=True)
    files = {PRIVATE_FILE: (private, 0o600), PUBLIC_FILE: (public, 0o644)}
    for name in files:
        if (folder / name).exists():
            raise ConfigError(
                f"{folder / name} is there already and is not replaced: what it signed "
                "would be a stranger's; choose another folder"
            )
    for name, (content, mode) in files.items():
        _write(folder / name, content, mode)
    home = folder.resolve()
    variables = {
        SIGNING_KEY: f"file:{home / PRIVATE_FILE}",
        TRUSTED_KEYS: str(home / PUBLIC_FILE),
    }
    lines = [f"export {name}={quote(value)}" for name, value in variables.items()]
    say(variables, Text("\n".join(lines)), as_json=as_json)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Create the file; never follow or replace what is there."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
