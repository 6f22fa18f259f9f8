"""The repository's own local stack, for whoever applies it."""

import dataclasses
import os
from pathlib import Path

import pytest

from cli.stacks.file import StackFile, load_stack

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def local(clean_zenml: Path) -> StackFile:
    """The repository's own local stack, with its folder in a clean repository."""
    return load_stack("local", root=CHECKOUT, environ=os.environ)


@pytest.fixture
def small(local: StackFile) -> StackFile:
    """The same with three components, one of a flavor of ours: what applying costs."""
    kinds = ("alerter", "artifact_store", "orchestrator")
    kept = {kind: local.components[kind] for kind in kinds}
    return dataclasses.replace(local, components=kept)
