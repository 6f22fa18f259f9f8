from churn.rollout.kinds import KINDS


def test_only_a_canary_compares_two_arms():
    shadow = {name for name, spec in KINDS.items() if "shadow" in spec.phases}

    assert set(KINDS) - shadow == {"failures", "slow_answers"}
