"""The alerter of the active stack, for steps that know no kind of it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from zenml.alerter import BaseAlerter
from zenml.client import Client

from churn.errors import HoldfastError


class AlerterError(HoldfastError):
    """The stack's alerter did not take a message."""


def alerters() -> dict[str, Callable[[Mapping[str, Any]], None]]:
    """What posts a document's ``text`` by the stack's alerter; empty where it has none.

    It raises an ``AlerterError``, whatever the alerter's own library raises.
    """
    component = Client().active_stack.alerter
    return {} if component is None else {"alerter": partial(post_text, component)}


def post_text(component: BaseAlerter, document: Mapping[str, Any]) -> None:
    """Post a document's ``text``.

    Raises
    ------
    AlerterError
    """
    try:
        is_taken = component.post(str(document["text"]))
    except Exception as error:  # noqa: BLE001 (each alerter has its own)
        raise AlerterError(f"the alerter: {type(error).__name__}") from None
    if is_taken is False:
        raise AlerterError("the alerter did not take the message")
