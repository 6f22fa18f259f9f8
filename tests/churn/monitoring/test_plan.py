from pathlib import Path

import pytest
import yaml

from churn.errors import ConfigError
from churn.monitoring.plan import parse_monitoring

SHIPPED = Path(__file__).parents[3] / "configs" / "pipelines" / "monitoring.yaml"


def document() -> dict:
    return yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["monitoring"]


def test_the_plan_that_ships_shares_out_five_percent_a_year():
    plan = parse_monitoring(document(), "monitoring")

    assert plan.false_alarms_a_year == 0.05
    assert sum(map(plan.error_rate, plan.shares)) <= 0.05 + 1e-12


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"window_days": 0}, "window_days must be a whole number of at least 1"),
        (
            {"test_windows_days": [7, 1]},
            "test_windows_days must be a list of different",
        ),
        ({"reference_share": 1}, "reference_share must be a number above 0 and below"),
        ({"shares": {"volumes": 1}}, "key 'volumes' is unknown; nearest is volume"),
        ({"window_day": 3}, "key 'window_day' is unknown; nearest is window_days"),
    ],
)
def test_what_cannot_be_is_refused(change, told):
    with pytest.raises(ConfigError, match=told):
        parse_monitoring(document() | change, "monitoring")


def test_more_than_the_whole_budget_is_refused():
    shares = dict.fromkeys(document()["shares"], 0.2)

    with pytest.raises(ConfigError, match="found 'a sum of 1.4'"):
        parse_monitoring(document() | {"shares": shares}, "monitoring")
