"""How an undecided check ends its sentence."""

import pytest

from churn.rollout.check import unproven


@pytest.mark.parametrize(
    ("outcome", "is_met", "told"),
    [
        ("undecided", True, ": met so far, not proven yet"),
        ("undecided", False, ": not met so far, not proven yet"),
        ("passed", True, ""),
        ("failed", False, ""),
    ],
)
def test_only_what_is_undecided_says_how_far_it_is(outcome, is_met, told):
    assert unproven(outcome, is_met=is_met) == told
