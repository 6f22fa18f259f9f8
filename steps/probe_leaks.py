"""Look for features that know what they could not have known."""

from datetime import datetime
from typing import Annotated, Any

from zenml import step
from zenml.logger import get_logger

from churn.evaluation.scorecard import LeakReport
from churn.gates.leaks import ceilings
from churn.gates.policy import parse_policy
from churn.leaks.plan import LeakPlan
from churn.leaks.probe import probe_leaks as probe
from churn.splits import Split
from churn.tables import Tables
from datasets.catalogue import load

logger = get_logger(__name__)


@step
def probe_leaks(  # noqa: PLR0913 (the policy and its bounds say what may pass)
    dataset: str,
    tables: Tables,
    as_of: str,
    split: Split,
    plan: LeakPlan,
    policy: dict[str, Any],
    bounds: dict[str, float],
) -> Annotated[LeakReport, "leaks"]:
    """Probe each feature on what the snapshots and their outcomes show."""
    report = probe(
        load(dataset),
        tables.frames,
        split,
        plan,
        ceilings(parse_policy(policy, bounds).checks),
        as_of=datetime.fromisoformat(as_of),
    )
    leaks = {reading.feature for reading in report.readings if reading.is_leak}
    logger.info("leaks: %s", ", ".join(sorted(leaks)) or "none found")
    return report
