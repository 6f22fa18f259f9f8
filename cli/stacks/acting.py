"""`stacks diff`, `apply` and `remove`: what they did, told part by part."""

import os
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from cli.stacks.client import zenml_is_quiet
from cli.stacks.comparing import Change
from cli.stacks.file import load_stack
from cli.stacks.telling import tell


def diff(root: Path, name: str, *, as_json: bool) -> None:
    """Print what apply would do; nothing is changed."""
    from cli.stacks.apply import compare_stack

    stack = load_stack(name, root=root, environ=os.environ)
    with zenml_is_quiet():
        changes = compare_stack(stack, root=root)
    same = f"ZenML's stack {stack.zenml_name} is as the file says"
    _tell(changes, same, is_whole=False, as_json=as_json)


def apply(root: Path, name: str, *, is_forced: bool, as_json: bool) -> None:
    """Make ZenML agree with the file, and print each part."""
    from cli.stacks.apply import apply_stack

    stack = load_stack(name, root=root, environ=os.environ)
    with zenml_is_quiet():
        changes = apply_stack(stack, root=root, is_forced=is_forced)
    _tell(changes, "", is_whole=True, as_json=as_json)


def remove(root: Path, name: str, *, is_forced: bool, as_json: bool) -> None:
    """Take out what apply made, and print each part."""
    from cli.stacks.removing import remove_stack

    stack = load_stack(name, root=root, environ=os.environ)
    with zenml_is_quiet():
        changes = remove_stack(stack, root=root, is_forced=is_forced)
    nothing = f"ZenML has nothing of {stack.zenml_name}"
    _tell(changes, nothing, is_whole=True, as_json=as_json)


def _tell(
    changes: Sequence[Change], nothing: str, *, is_whole: bool, as_json: bool
) -> None:
    told = [one for one in changes if is_whole or one.action != "left"]
    lines = [
        line
        for one in told
        for line in (str(one), *(f"          {d}" for d in one.details))
    ]
    tell(changes, Text("\n".join(lines) or nothing), as_json=as_json)
