"""Decide whether to train again, and write the decision into the ledger."""

import os
from datetime import datetime
from typing import Annotated, Any

from zenml import step
from zenml.logger import get_logger

from churn.retraining.decide import decide
from churn.retraining.decision import RetrainingDecision
from churn.retraining.plan import parse_trigger
from churn.retraining.signs import signs_of
from churn.scoring.keys import trusted_keys
from registry.context import ledger, model_name, this_act
from registry.mirrors import verified
from registry.release import release
from registry.retraining import case_of, decided
from storage.health import last_health
from storage.release import readable_release, write_release

logger = get_logger(__name__)


@step(enable_cache=False)
def decide_retraining(
    moment: str, trigger: dict[str, Any], reason: str | None
) -> Annotated[RetrainingDecision, "retraining_decision"]:
    """Ask the rules of the trigger, and keep the answer in the ledger."""
    model, now = model_name(), datetime.fromisoformat(moment)
    health = last_health(model, until=now.date(), environ=os.environ)
    told = readable_release(model, environ=os.environ)
    with ledger() as history:
        events = verified(history, model, told, trusted_keys(os.environ))
        signs = signs_of(health) if health else None
        decision = decide(parse_trigger(trigger), case_of(events, now, signs, reason))
        new = history.append(*decided(events, this_act(), decision))
    write_release(release(model, (*events, *new)), environ=os.environ)
    logger.info("%s", decision.reason)
    return decision
