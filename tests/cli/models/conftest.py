"""A stack whose ledger is filled by hand."""

from pathlib import Path

import pytest

from cli.models.place import Place, place
from cli.root import ROOT


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return the model of the embedded data set on a stack below a new folder."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    for name in ("HOLDFAST_SIGNING_KEY", "HOLDFAST_TRUSTED_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("cli.models.acting.actor", lambda: "ada")
    return place(ROOT, "subscriptions", "local")
