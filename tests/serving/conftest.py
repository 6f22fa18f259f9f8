from pathlib import Path

import pytest

from serving.active import StateFolder


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    """The state folder of a new server."""
    state = StateFolder(tmp_path / "state")
    state.make()
    return state
