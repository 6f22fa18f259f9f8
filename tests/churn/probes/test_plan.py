import pytest

from churn.errors import ConfigError
from churn.probes.plan import ProbePlan


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        ((0, 2, 300, 1), "behaviour_customers"),
        ((9, -1, 300, 1), "reseeds"),
        ((9, 2, 0, 1), "timed_calls"),
        ((9, 2, 300, -1), "seed"),
    ],
)
def test_a_probe_of_nobody_is_refused(plan: tuple[int, ...], key: str) -> None:
    with pytest.raises(ConfigError, match=f"probes.{key}: expected at least"):
        ProbePlan(*plan)


def test_other_seeds_may_be_left_out() -> None:
    assert ProbePlan(9, 0, 1, 0).reseeds == 0
