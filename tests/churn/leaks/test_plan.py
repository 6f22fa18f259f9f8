from dataclasses import replace

import pytest

from churn.errors import ConfigError
from churn.leaks.plan import LeakPlan

PLAN = LeakPlan(shift_days=30, max_rows=1000, seed=1, bins=20)


@pytest.mark.parametrize(
    "wrong", [{"shift_days": 0}, {"max_rows": 99}, {"seed": -1}, {"bins": 1}]
)
def test_a_plan_that_could_see_nothing_is_refused(wrong) -> None:
    (key,) = wrong

    with pytest.raises(ConfigError, match=f"^leaks.{key}: expected at least"):
        replace(PLAN, **wrong)
