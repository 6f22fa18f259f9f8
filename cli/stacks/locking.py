"""One writer of a stack at a time, wherever the writers are."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from zenml.client import Client

LOOK_SECONDS = 0.2
GIVEN_UP_SECONDS = 60.0
"""Applying takes a few; who holds longer has died and cannot let go."""


@contextmanager
def alone(client: "Client", name: str) -> Iterator[None]:
    """Wait until nobody else writes the stack of this name, and keep others waiting.

    ZenML changes part by part and compares nothing; but two tags of one name cannot
    be, so whoever makes the tag is the one who writes.
    """
    tag = f"{name}-applying"
    mine = _taken(client, tag)
    try:
        yield
    finally:
        _let_go(client, mine)


def _taken(client: "Client", tag: str) -> "UUID":
    from zenml.exceptions import EntityExistsError

    holder, since = None, time.monotonic()
    while True:
        with suppress(EntityExistsError):
            return client.create_tag(tag).id
        found = _id(client, tag)
        if found != holder:
            holder, since = found, time.monotonic()
        elif found is not None and time.monotonic() - since > GIVEN_UP_SECONDS:
            _let_go(client, found)
        time.sleep(LOOK_SECONDS)


def _id(client: "Client", tag: str) -> "UUID | None":
    found = client.list_tags(name=tag).items
    return found[0].id if found else None


def _let_go(client: "Client", tag: "UUID") -> None:
    """By its id: another's of the same name stays. It may be gone already."""
    with suppress(KeyError):
        client.zen_store.delete_tag(tag)
