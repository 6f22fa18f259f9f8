import threading

import pytest

from cli.stacks import locking
from cli.stacks.client import client_at
from cli.stacks.locking import alone


@pytest.mark.zenml
def test_whoever_died_while_writing_keeps_nobody_out_for_ever(
    local, clean_zenml, monkeypatch
):
    monkeypatch.setattr(locking, "GIVEN_UP_SECONDS", 0.5)
    client = client_at(clean_zenml, local)
    client.create_tag("holdfast-s-applying")

    with alone(client, "holdfast-s"):
        (mine,) = client.list_tags().items

    assert client.list_tags().total == 0
    assert mine.name == "holdfast-s-applying"


@pytest.mark.zenml
def test_one_waits_for_the_other(local, clean_zenml):
    client = client_at(clean_zenml, local)
    order = []

    def second() -> None:
        with alone(client, "holdfast-s"):
            order.append("second")

    with alone(client, "holdfast-s"):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(timeout=0.5)
        order.append("first")
    waiting.join(timeout=10)

    assert order == ["first", "second"]


@pytest.mark.zenml
def test_another_stack_is_not_waited_for(local, clean_zenml):
    client = client_at(clean_zenml, local)

    with alone(client, "holdfast-a"), alone(client, "holdfast-b"):
        assert client.list_tags().total == 2

    assert client.list_tags().total == 0
