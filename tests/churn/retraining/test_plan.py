"""A trigger's file is read strictly; every mistake is one line with the way out."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from churn.errors import ConfigError
from churn.retraining.plan import parse_trigger

CONFIGS = Path(__file__).resolve().parents[3] / "configs" / "retraining"
GOOD = yaml.safe_load((CONFIGS / "weekly.yaml").read_text())
DRIFT = yaml.safe_load((CONFIGS / "psi_preset.yaml").read_text())["rules"][0]


def changed(path: str, value: object) -> dict:
    document = deepcopy(GOOD)
    *parents, last = path.split(".")
    target = document
    for parent in parents:
        target = target[int(parent)] if parent.isdigit() else target[parent]
    target[last] = value
    return document


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_trigger_that_ships_is_read_and_named_as_its_file(path):
    trigger = parse_trigger(yaml.safe_load(path.read_text()))

    assert trigger.name == path.stem


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("rule", [], "trigger: key 'rule' is unknown; nearest is rules"),
        ("rules", None, "rules must be a list of rules, found None"),
        ("rules.0.kind", "aged", "(age): kind 'aged' is unknown; nearest is age"),
        ("rules.0.least_days", 0, "least_days must be a number from 1 to inf, found 0"),
        ("rules.0.least", 7, "key 'least' is unknown; nearest is least_days"),
        ("rules.1.name", "age", "two rules are named age; rename one"),
        ("rules.2.by", "luck", "by must be value or interval, found 'luck'"),
        ("rules.2.metric", "brier", "metric must be roc_auc or recall or"),
        ("rules.2.bound", True, "bound must be a number from 0 to inf, found True"),
        ("limits.cool_down_days", 1.5, "must be a whole number, found 1.5"),
        ("limits.most_per_year", -1, "must be a number from 0 to inf, found -1"),
        ("limits.waits_for_sound_data", 1, "must be true or false, found 1"),
        ("limits", 7, "limits: expected keys and values, found 7"),
        ("policy", " ", "policy must be a text"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_was_expected(path, value, line):
    with pytest.raises(ConfigError) as error:
        parse_trigger(changed(path, value))

    assert line in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("names", [[], "plan", [1], {}])
def test_features_are_named_or_all(names):
    named = {**DRIFT, "features": ["plan"]}

    (rule,) = parse_trigger({**GOOD, "rules": [named]}).rules

    assert rule.features == ("plan",)
    with pytest.raises(ConfigError, match="a list of names, or null for all"):
        parse_trigger({**GOOD, "rules": [{**DRIFT, "features": names}]})
