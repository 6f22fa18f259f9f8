from pathlib import Path

import pytest
import yaml

from churn.errors import ConfigError
from churn.rollout.plan import check_promise, parse_rollout

CONFIGS = Path(__file__).parents[3] / "configs" / "rollouts"
CHECK = {
    "name": "near",
    "kind": "score_shift",
    "bound": 0.1,
    "error_rate": 0.001,
    "undecided": "blocks",
}
SHADOW = {
    "phase": "shadow",
    "weight": 0,
    "min_hours": 24,
    "min_customers": 100,
    "checks": [CHECK],
}
CANARY = SHADOW | {"phase": "canary", "weight": 0.1, "checks": []}
PLAN = {
    "name": "small",
    "description": "For tests.",
    "false_rollback_rate": 0.01,
    "phases": [SHADOW, CANARY],
}


def shipped(name: str):
    return parse_rollout(yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()))


def test_production_is_two_weeks_of_shadow_and_a_canary_of_a_tenth():
    shadow, canary = shipped("production").phases

    assert (shadow.phase, shadow.min_hours, shadow.weight) == ("shadow", 14 * 24, 0)
    assert (canary.phase, canary.weight) == ("canary", 0.1)
    assert shipped("production").false_rollback_rate == 0.01


def test_every_policy_is_named_as_its_file_and_none_has_no_phase():
    for path in CONFIGS.glob("*.yaml"):
        assert shipped(path.stem).name == path.stem
    assert shipped("none").phases == ()


def test_the_phases_follow_each_other():
    plan = parse_rollout(PLAN)

    assert plan.after("shadow") == plan.phase("canary")
    assert plan.after("canary") is None


def test_the_error_rates_of_a_canary_include_the_servers_guard():
    shadow, canary = parse_rollout(PLAN).phases

    assert shadow.error_rate == pytest.approx(0.001)
    assert canary.error_rate == pytest.approx(0.0076)


def phase(**changed):
    return {"phases": [SHADOW | changed, CANARY]}


def check(**changed):
    return phase(checks=[CHECK | changed])


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"phasis": 1}, "key 'phasis' is unknown; nearest is phases"),
        ({"name": " "}, "name must be a text"),
        ({"phases": None}, "phases must be a list of phases"),
        ({"phases": [CANARY, SHADOW]}, "shadow, canary, each once and in order"),
        ({"phases": [SHADOW, SHADOW]}, "shadow, canary, each once and in order"),
        ({"false_rollback_rate": True}, "must be a number from 0 to 0.5"),
        (phase(phase="live"), "phase must be shadow or canary, found 'live'"),
        (phase(weight=0.1), "weight must be 0 in shadow, and above 0 in a canary"),
        ({"phases": [CANARY | {"weight": 0}]}, "and above 0 in a canary"),
        (phase(min_customers=1.5), "min_customers must be a whole number"),
        (phase(min_hours=-1), "min_hours must be a number from 0 to inf"),
        (phase(checks=[3]), "check 1: expected keys and values, found 3"),
        (phase(checks=[CHECK, CHECK]), "two checks are named near; rename one"),
        (check(kind="score_shfit"), "kind 'score_shfit' is unknown; nearest is score_"),
        (check(kind="failures"), "kind 'failures' is unknown"),
        (check(bound=1.5), r"check 1 \(near\): bound must be a number from 0 to 1"),
        (check(margin=0), "key 'margin' is unknown"),
        (check(error_rate=0), "error_rate must be a number from 1e-06 to 0.5"),
        (check(undecided="waits"), "undecided must be blocks or passes"),
        (check(kind="outcomes", bound=None), "key 'bound' is unknown"),
    ],
)
def test_a_mistake_is_one_line(changed, line):
    with pytest.raises(ConfigError, match=line) as error:
        parse_rollout(PLAN | changed)

    assert "\n" not in str(error.value)


def test_a_policy_that_promises_more_than_its_checks_keep_begins_no_rollout():
    plan = parse_rollout(PLAN | {"false_rollback_rate": 0.006})

    with pytest.raises(ConfigError, match=r"add up to 0.0086, more than false_rollb"):
        check_promise(plan)
    check_promise(parse_rollout(PLAN))
