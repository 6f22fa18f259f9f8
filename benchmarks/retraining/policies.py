"""The triggers that are compared, and monitoring as it looks there."""

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from churn.monitoring.plan import MonitoringPlan, parse_monitoring
from churn.retraining.plan import Trigger, parse_trigger
from churn.splits import TimeSplit

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED, FRESH = TimeSplit(2, 3), TimeSplit(1, 1)
LOOKS_A_YEAR = 26


@dataclass(frozen=True)
class Policy:
    """A trigger, and the windows that its trainings cut."""

    name: str
    trigger: Trigger
    windows: TimeSplit
    listens: bool


def policies() -> tuple[Policy, ...]:
    """The triggers that are compared, as they ship."""
    return (
        Policy("never", _trigger("never"), SHIPPED, listens=False),
        # At weekly looks its age always fires: monitoring would change nothing.
        Policy("weekly", _trigger("weekly"), SHIPPED, listens=False),
        Policy("PSI > 0.2", _trigger("psi_preset"), SHIPPED, listens=True),
        Policy("F1 drop > 0.05", _trigger("f1_drop_preset"), SHIPPED, listens=True),
        Policy("harm", _trigger("harm"), SHIPPED, listens=True),
        Policy("weekly, fresh", _trigger("weekly"), FRESH, listens=False),
    )


def _trigger(name: str) -> Trigger:
    text = (CONFIGS / "retraining" / f"{name}.yaml").read_text(encoding="utf-8")
    return parse_trigger(yaml.safe_load(text))


def monitoring() -> MonitoringPlan:
    """The plan that ships, looked at every other week."""
    path = CONFIGS / "pipelines" / "monitoring.yaml"
    found = yaml.safe_load(path.read_text(encoding="utf-8"))["monitoring"]
    plan = parse_monitoring(found, "monitoring")
    return replace(plan, looks_a_year=LOOKS_A_YEAR)
