"""Try what is live where it is served, and take back what does not answer."""

import os
from dataclasses import replace
from functools import partial
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.scoring.keys import trusted_keys
from registry.confirming import Confirmation, confirm, taken_back
from registry.context import ledger, model_name, this_act
from registry.mirrors import mirror
from registry.release import release
from registry.rolling import Advance
from storage.model_server import ModelServer, asked
from storage.release import write_release

logger = get_logger(__name__)


@step(enable_cache=False)
def confirm_live(
    server_url: str | None,
    advance: Advance,  # noqa: ARG001 (only once it went on)
    confirm_seconds: float,
) -> Annotated[Confirmation, "confirmation"]:
    """Post the golden rows to the server; where a new version fails, roll it back."""
    model, trusted = model_name(), trusted_keys(os.environ)
    server = ModelServer.at(server_url, os.environ) if server_url else None
    ask = partial(asked, server, confirm_seconds) if server else None
    with ledger() as history:
        events = history.events(model)
        found = confirm(events, trusted, ask)
        new = taken_back(events, found, this_act(found.sentence), trusted)
        if new:
            events = (*events, *history.append(*new))
            write_release(release(model, events), environ=os.environ)
            mirror(model, events)
    logger.info("%s", found.sentence)
    return replace(found, is_rolled_back=bool(new))
