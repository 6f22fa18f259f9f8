from pathlib import Path

import pytest
import yaml

from churn.errors import ConfigError
from churn.gates.policy import parse_policy

IMPROVE = Path(__file__).parents[3] / "configs" / "policies" / "improve.yaml"
FLOOR = {
    "name": "ranks_well",
    "kind": "floor",
    "metric": "roc_auc",
    "bound": "roc_auc_floor",
    "by": "interval",
    "undecided": "blocks",
    "applies": "always",
}
BEATS = {
    **{key: FLOOR[key] for key in ("by", "undecided", "applies", "metric")},
    "name": "beats_rules",
    "kind": "beats",
    "opponents": ["majority", "logistic"],
    "margin": 0,
}
BOUNDS = {"roc_auc_floor": 0.8}


def document(*checks, **changes):
    policy = {
        "name": "improve",
        "description": "Better than before.",
        "promote_first": True,
        "checks": list(checks) or [FLOOR],
    }
    return {**policy, **changes}


def error(found, bounds=BOUNDS):
    with pytest.raises(ConfigError) as caught:
        parse_policy(found, bounds)
    text = str(caught.value)
    assert "\n" not in text
    return text


def without(key):
    return {k: v for k, v in FLOOR.items() if k != key}


def test_a_policy_is_parsed_with_its_bounds_looked_up():
    policy = parse_policy(document(FLOOR, BEATS), BOUNDS)

    floor, beats = policy.checks
    assert (policy.name, policy.promote_first) == ("improve", True)
    assert (floor.metric, floor.by, floor.numbers) == (
        "roc_auc",
        "interval",
        {"bound": 0.8},
    )
    assert (beats.opponents, beats.numbers) == (("majority", "logistic"), {"margin": 0})


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ({**FLOOR, "kind": "flor"}, ["kind 'flor' is unknown", "nearest is floor"]),
        ({**FLOOR, "metric": "roc_acu"}, ["metric 'roc_acu'", "nearest is roc_auc"]),
        ({**FLOOR, "bund": 1}, ["key 'bund' is unknown", "nearest is bound"]),
        ({**FLOOR, "margin": 1}, ["key 'margin' is unknown"]),
        (without("metric"), ["key metric is missing"]),
        (without("undecided"), ["key undecided is missing"]),
        (without("kind"), ["kind 'no kind' is unknown"]),
        ({**FLOOR, "undecided": "pass"}, ["undecided must be blocks or passes"]),
        ({**FLOOR, "applies": "never"}, ["applies must be always or with_champion"]),
        ({**FLOOR, "by": "guess"}, ["by must be value or interval", "'guess'"]),
        ({**FLOOR, "name": " "}, ["name must be a text"]),
        ({**FLOOR, "bound": 1.2}, ["bound must be a number from 0 to 1, found 1.2"]),
        ({**FLOOR, "bound": True}, ["bound must be a number"]),
        ({**FLOOR, "bound": None}, ["bound must be a number"]),
        ({**FLOOR, "bound": "roc_floor"}, ["'roc_floor'", "nearest is roc_auc_floor"]),
        ({**BEATS, "opponents": ["majorty"]}, ["nearest is majority"]),
        ({**BEATS, "opponents": []}, ["opponents must be a list of majority"]),
        ({**BEATS, "opponents": "majority"}, ["opponents must be a list"]),
        ("floor", ["expected keys and values, found 'floor'"]),
    ],
)
def test_a_wrong_check_is_an_error_that_says_what_is_wrong(check, words):
    text = error(document(FLOOR, check))

    assert "policy improve, check 2" in text
    assert [word for word in words if word not in text] == []


def test_an_error_names_the_check():
    text = error(document(FLOOR, {**BEATS, "by": "guess"}))

    assert text.startswith("policy improve, check 2 (beats_rules): by must be")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"promote_frist": True}, ["'promote_frist'", "nearest is promote_first"]),
        ({"promote_first": "yes"}, ["promote_first must be true or false"]),
        ({"checks": []}, ["checks must be a list of at least one check"]),
        ({"checks": {"a": 1}}, ["checks must be a list"]),
        ({"description": ""}, ["description must be a text"]),
        ({"checks": [FLOOR, FLOOR]}, ["two checks are named ranks_well"]),
    ],
)
def test_a_wrong_policy_is_an_error_that_names_the_key(changes, words):
    text = error(document(**changes))

    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({}, ["bound names a bound the data set lacks, 'roc_auc_floor'"]),
        (
            {"roc_auc_floor": 1.2},
            ["bound (roc_auc_floor) must be a number from 0 to 1"],
        ),
        ({"roc_auc_floor": "high"}, ["must be a number", "'high'"]),
        (
            {**BOUNDS, "roc_auc_flor": 0.7},
            ["'roc_auc_flor'", "nearest is roc_auc_floor"],
        ),
    ],
)
def test_bounds_that_do_not_fit_are_an_error(bounds, words):
    text = error(document(), bounds)

    assert [word for word in words if word not in text] == []


def test_slopes_the_wrong_way_round_are_an_error():
    calibration = {
        **{key: FLOOR[key] for key in ("name", "by", "undecided", "applies")},
        "kind": "calibration",
        "slope_low": 1.2,
        "slope_high": 0.8,
        "ece_ceiling": 0.05,
    }

    assert "slope_low must be at most slope_high" in error(document(calibration), {})


def test_an_optional_bound_may_be_left_to_the_data_set():
    check = {
        **{key: FLOOR[key] for key in ("by", "undecided", "applies")},
        "name": "reaches",
        "kind": "high_value_recall",
        "bound": "recall_floor",
    }

    (without_bound,) = parse_policy(document(check), {}).checks
    (with_bound,) = parse_policy(document(check), {"recall_floor": 0.7}).checks

    assert (without_bound.numbers, with_bound.numbers) == ({}, {"bound": 0.7})


def test_the_shipped_policy_is_valid():
    bounds = {
        "roc_auc_floor": 0.8,
        "roc_auc_suspicious": 0.88,
        "high_value_recall_floor": 0.75,
        "calibration_slope_low": 0.75,
        "calibration_slope_high": 1.35,
        "ece_ceiling": 0.06,
        "slice_roc_auc_floor": 0.6,
        "single_feature_ceiling": 0.85,
    }

    policy = parse_policy(yaml.safe_load(IMPROVE.read_text()), bounds)

    assert policy.name == IMPROVE.stem
    assert policy.promote_first
