from tests.healths import harm, health


def test_alarms_are_the_tests_that_are_alarms_today() -> None:
    worse, calm = harm("matured_ranking"), harm("volume:batch", loss=0.0)

    found = health(calm, worse)

    assert found.alarms == (worse,)
    assert found.harm_by_name == {"volume:batch": calm, "matured_ranking": worse}
