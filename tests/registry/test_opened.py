"""Bundles of versions that are no longer live."""

from churn.scoring.bundle import Bundle
from registry.opened import opener
from tests.ledger_histories import History, stored_bundle
from tests.snapshot_rows import bundle


def test_a_version_is_opened_once_and_one_that_is_gone_is_none(tmp_path):
    history = History()
    history.lineages[1] = stored_bundle(bundle(), tmp_path / "1")
    history.trained(1, "promoted").trained(2, "staged", against=1)

    opened = opener(history.events, None)

    found = opened("1")
    assert isinstance(found, Bundle)
    assert found is opened("1")
    assert opened("2") is None
    assert opened("9") is None
