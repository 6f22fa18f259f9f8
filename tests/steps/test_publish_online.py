from contextlib import closing

import pytest

from churn.errors import ConfigError
from steps.publish_online import publish_online
from storage.online.store import ONLINE_URL, open_online
from tests.storage.online.feature_rows import NOON, row, rows

BATCH = rows(row("a", logins=3), row("b"))


def test_rows_are_published_to_the_store_of_the_stack(monkeypatch, tmp_path):
    url = f"sqlite:///{tmp_path}/online.db"
    monkeypatch.setenv(ONLINE_URL, url)

    n_published = publish_online.entrypoint("shop", BATCH)

    assert n_published == 2
    with closing(open_online(url, dataset="shop", environ={})) as store:
        assert store.read(["a"], at=NOON)[0].values["logins"] == 3


def test_a_stack_without_an_online_store_is_told(monkeypatch):
    monkeypatch.delenv(ONLINE_URL, raising=False)

    with pytest.raises(ConfigError, match="HOLDFAST_ONLINE_URL is not set"):
        publish_online.entrypoint("shop", BATCH)
