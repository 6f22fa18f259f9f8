"""What is live is tried with the keys that its own policy demands."""

import pytest

import steps.smoke_test
from churn.errors import BundleError
from churn.scoring.keys import key_pair
from registry.release import release
from storage.release import write_release
from tests.ledger_histories import MODEL, History, stored_bundle
from tests.snapshot_rows import bundle

SIGNED = {"policy": {"checks": [{"kind": "signature"}]}}


def live(tmp_path, monkeypatch, **decided: dict) -> None:
    """An unsigned version 1 is live where a key is trusted by now."""
    (tmp_path / "ours.pub.pem").write_bytes(key_pair()[1])
    addresses = {
        "HOLDFAST_LEDGER_URL": f"sqlite:///{tmp_path}/ledger.db",
        "HOLDFAST_RELEASE_URL": str(tmp_path / "releases"),
        "HOLDFAST_TRUSTED_KEYS": str(tmp_path / "ours.pub.pem"),
    }
    for name, value in addresses.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(steps.smoke_test, "model_name", lambda: MODEL)
    history = History()
    history.lineages[1] = stored_bundle(bundle(), tmp_path / "bundle")
    history.trained(1, "promoted", **decided)
    events = history.write(addresses["HOLDFAST_LEDGER_URL"])
    write_release(release(MODEL, events), environ=addresses)


def test_what_was_made_before_there_were_keys_is_still_served(tmp_path, monkeypatch):
    live(tmp_path, monkeypatch)

    assert steps.smoke_test.smoke_test.entrypoint("1") == "1"


def test_what_had_to_be_signed_and_is_not_is_refused(tmp_path, monkeypatch):
    live(tmp_path, monkeypatch, decided=SIGNED)

    with pytest.raises(BundleError, match="expected a signed bundle"):
        steps.smoke_test.smoke_test.entrypoint("1")
