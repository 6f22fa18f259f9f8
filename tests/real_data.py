"""Where the real data sets are; tests that need them skip where they are not."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("HOLDFAST_DATA", "../shared/data"))


def path(name: str) -> Path:
    """Path of a real data file, or skip the test, saying which file is absent."""
    file = FOLDER / name
    if not file.exists():
        pytest.skip(f"real data absent: {file}")
    return file
