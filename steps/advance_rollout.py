"""Write into the ledger where the version in rollout goes, and tell the servers."""

import os
from typing import Annotated, Any

from zenml import step
from zenml.logger import get_logger

from churn.rollout.decision import RolloutDecision
from churn.rollout.evidence import RolloutEvidence
from churn.scoring.keys import trusted_keys
from registry.champion import load_from
from registry.context import evidence_address, ledger, model_name, this_act
from registry.demanded_keys import demanded_keys
from registry.mirrors import mirror, verified
from registry.release import release
from registry.rolling import Advance, follow_up
from storage.release import readable_release, write_release

logger = get_logger(__name__)


@step(enable_cache=False)
def advance_rollout(
    decision: RolloutDecision,
    evidence: RolloutEvidence,  # noqa: ARG001 (its address and hash are kept)
    rollout: dict[str, Any],
) -> Annotated[Advance, "advance"]:
    """Append what follows from the decision, if it still holds; mirrors follow."""
    model, trusted = model_name(), trusted_keys(os.environ)
    told = readable_release(model, environ=os.environ)
    with ledger() as history:
        events = verified(history, model, told, trusted)
        found = evidence_address("evidence")
        new = follow_up(events, this_act(), decision, rollout, found)
        if new and decision.to != "back":
            load_from(new[0].lineage, trusted=demanded_keys(events, new[0], trusted))
        events = (*events, *history.append(*new)) if new else events
    write_release(release(model, events), environ=os.environ)
    mirror(model, events)
    return Advance(decision.to, decision.version, events[-1].sequence)
