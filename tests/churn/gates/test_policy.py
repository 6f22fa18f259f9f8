import pytest

from churn.errors import ConfigError
from churn.gates.policy import bounds_named_in, parse_policy

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
        ({**BEATS, "opponents": [["majority"]]}, ["opponent ['majority'] is unknown"]),
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


CHAMPION = {
    **{key: FLOOR[key] for key in ("by", "undecided", "applies", "metric")},
    "name": "beats_champion",
    "kind": "beats_champion",
    "margin": 0.005,
    "looks": "many",
    "error_rate": 0.05,
}
NOWHERE_WORSE = {
    **{key: FLOOR[key] for key in ("by", "undecided", "applies")},
    "name": "nowhere_worse",
    "kind": "nowhere_worse",
    "metrics": ["roc_auc", "brier"],
    "margin": 0,
    "error_rate": 0.05,
    "min_rows": 200,
}
EUR = {"metric": "net_value_per_1000_eur", "margin": 100}
BY_VALUE = {k: v for k, v in CHAMPION.items() if k not in ("looks", "error_rate")}


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ({**CHAMPION, "error_rate": 0}, ["error_rate must be a number from 1e-06 to"]),
        ({**CHAMPION, "error_rate": 0.51}, ["to 0.5, found 0.51"]),
        ({**CHAMPION, "margin": 1.5}, ["margin must be a number from -1 to 1"]),
        ({**CHAMPION, "margin": -1.5}, ["margin must be a number from -1 to 1"]),
        ({**CHAMPION, "looks": "daily"}, ["looks must be once or many"]),
        (
            {**CHAMPION, "metric": "log_loss"},
            ["metric must be roc_auc or brier or net_value", "where looks is many"],
        ),
        ({**CHAMPION, "by": "value"}, ["key 'looks' is unknown"]),
        (BY_VALUE, ["key error_rate is missing"]),
        ({**CHAMPION, **EUR}, ["key most_eur is missing"]),
        ({**CHAMPION, "most_eur": 500}, ["key 'most_eur' is unknown"]),
        ({**CHAMPION, **EUR, "most_eur": 0}, ["most_eur must be a number from 0.01"]),
        ({**NOWHERE_WORSE, "metrics": []}, ["metrics must be a list of at least one"]),
        ({**NOWHERE_WORSE, "metrics": ["brir"]}, ["metric 'brir'", "nearest is brier"]),
        ({**NOWHERE_WORSE, "metrics": [["brier"]]}, ["metric ['brier'] is unknown"]),
        ({**NOWHERE_WORSE, "metrics": ["contact_rate"]}, ["metric 'contact_rate'"]),
        ({**NOWHERE_WORSE, "margin": 0.01}, ["margin must be a number from -1 to 0"]),
    ],
)
def test_a_wrong_comparison_with_the_champion_is_an_error(check, words):
    text = error(document(FLOOR, check))

    assert [word for word in words if word not in text] == []


def test_a_comparison_with_the_champion_is_parsed():
    once = {**CHAMPION, "name": "once", "looks": "once", "metric": "log_loss"}
    value = {**BY_VALUE, "name": "value", "by": "value"}
    money = {**CHAMPION, **EUR, "name": "money", "most_eur": 500}

    policy = parse_policy(document(CHAMPION, once, value, money, NOWHERE_WORSE), {})

    many, _, by_value, of_money, nowhere = policy.checks
    assert many.texts == {"looks": "many"}
    assert many.numbers == {"margin": 0.005, "error_rate": 0.05}
    assert (by_value.texts, by_value.numbers) == ({}, {"margin": 0.005})
    assert of_money.numbers["most_eur"] == 500
    assert nowhere.metrics == ("roc_auc", "brier")


def test_texts_of_a_check_are_parsed_and_no_yaml_word_is_taken_for_one():
    group = {
        **{key: FLOOR[key] for key in ("by", "undecided", "applies")},
        "name": "seniors",
        "kind": "group_recall",
        "slice": "senior",
        "group": "65 or older",
        "bound": 0.5,
    }

    (check,) = parse_policy(document(group), {}).checks

    assert check.texts == {"slice": "senior", "group": "65 or older"}
    assert "group must be a text" in error(document({**group, "group": True}), {})


@pytest.mark.parametrize("bound", [float("inf"), float("nan"), 10**400])
def test_a_bound_that_is_no_finite_number_is_an_error(bound):
    assert "bound" in error(
        document({**FLOOR, "metric": "log_loss", "bound": bound}), {}
    )


def test_a_gain_in_what_has_no_better_side_is_an_error():
    check = {**BY_VALUE, "metric": "contact_rate", "by": "value"}

    assert "of which more or less is better" in error(document(check), {})


def test_a_kind_that_is_no_text_is_an_error():
    assert "kind" in error(document({**FLOOR, "kind": ["floor"]}))
    assert bounds_named_in(document({**FLOOR, "kind": ["floor"]})) == set()


def test_a_first_version_does_not_go_live_past_the_people_who_are_to_approve_it():
    consent = {
        **{key: FLOOR[key] for key in ("by", "undecided", "applies")},
        "name": "two_agree",
        "kind": "human_approval",
        "stage": "production",
        "approvers": 2,
    }

    assert "promote_first: true sends" in error(document(consent), {})
    assert parse_policy(document(consent, promote_first=False), {}).checks


def test_the_bounds_that_a_policy_leaves_to_the_data_set_are_known_by_name():
    assert bounds_named_in(document(FLOOR, BEATS)) == {"roc_auc_floor"}


@pytest.mark.parametrize(
    "broken", [{}, {"checks": None}, {"checks": ["floor", {"kind": "flor"}]}]
)
def test_a_policy_that_cannot_be_parsed_names_no_bound(broken):
    assert bounds_named_in(broken) == set()
