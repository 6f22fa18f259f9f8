"""A stack whose ledger is filled by hand."""

import pytest

from cli.models.place import Place, place
from cli.root import ROOT


@pytest.fixture
def here(tmp_path, monkeypatch) -> Place:
    """Return the model of the embedded data set on a stack below a new folder."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    return place(ROOT, "subscriptions", "local")
