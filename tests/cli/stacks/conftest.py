"""The repository's own local stack, for whoever applies it."""

import os
from pathlib import Path

import pytest

from cli.stacks.file import StackFile, load_stack

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def local(clean_zenml: Path) -> StackFile:
    """The repository's own local stack, with its folder in a clean repository."""
    return load_stack("local", root=CHECKOUT, environ=os.environ)
