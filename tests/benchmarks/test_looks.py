from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.looks import first_approval, quick
from benchmarks.promotions import business, shipped
from benchmarks.simulated_evidence import day_by_day, simulated
from churn.gates.decide import decide

GAINS = (0.0, 0.02, 0.04, 0.04, 0.04)


def policy_of(name):
    """As shipped, but for the calibration error, which few rows do not tell."""
    policy = shipped(name)
    return replace(
        policy, checks=tuple(c for c in policy.checks if c.name != "calibrated")
    )


def looks_at(seed):
    plan = replace(business(0.2).plan, resamples=20)
    evidence = simulated(
        replace(business(0.2), plan=plan, correlation=0.97),
        np.random.default_rng(seed),
        gain=GAINS[seed],
        rows_a_day=600,
        n_days=6,
    )
    return day_by_day(evidence, rows_a_day=600)


def deciding_at_every_look(policy, looks):
    return next(
        (n for n, look in enumerate(looks) if decide(policy, look).approved), None
    )


@pytest.mark.parametrize(
    "name",
    [
        "improve",
        "refresh",
        "high_value_recall_preset",
        "f1_preset",
        "auc_margin_preset",
    ],
)
def test_the_short_cuts_lead_to_what_deciding_at_every_look_says(name):
    policy = policy_of(name)

    for seed in range(len(GAINS)):
        looks = looks_at(seed)
        assert first_approval(policy, looks) == deciding_at_every_look(policy, looks)


def test_of_those_looks_some_approve_late_and_some_never():
    found = {
        first_approval(policy_of("improve"), looks_at(n)) for n in range(len(GAINS))
    }

    assert None in found
    assert found - {None, 0}


def test_a_bet_that_was_won_stays_won_even_when_its_loss_is_proven_later():
    # Later the same rows again and again, of other customers, the models swapped.
    policy, looks = policy_of("improve"), looks_at(2)
    bet = next(c for c in policy.checks if c.texts.get("looks") == "many")
    rows = looks[-1].rows
    swapped = [
        rows.with_columns(
            challenger="rival__champion",
            rival__champion="challenger",
            customer=pl.col("customer") + n * len(rows),
            snapshot_date=pl.col("snapshot_date") + timedelta(days=n * len(looks)),
        )
        for n in range(1, 12)
    ]
    looks.append(replace(looks[-1], rows=pl.concat([rows, *swapped])))
    bets = replace(policy, checks=(bet,))

    found = first_approval(bets, looks)

    assert decide(bets, looks[-1]).gates[0].outcome == "undecided"
    assert found == deciding_at_every_look(bets, looks) == 1


def test_without_the_checks_that_bootstrap_a_policy_approves_no_later():
    policy, looks = policy_of("improve"), looks_at(2)

    first = first_approval(quick(policy), looks)

    whole = first_approval(policy, looks)
    assert first <= whole
    assert first_approval(policy, looks, start=first) == whole


def test_a_check_that_bootstraps_refuses_what_the_quick_ones_let_pass():
    policy, looks = policy_of("refresh"), looks_at(2)
    checks = [
        replace(c, numbers={"bound": 0.99}) if c.name == "ranks_well" else c
        for c in policy.checks
    ]
    strict = replace(policy, checks=tuple(checks))

    assert first_approval(quick(strict), looks) == 0
    assert first_approval(strict, looks) is None


def test_no_look_before_the_start_counts():
    policy = shipped("high_value_recall_preset")

    assert first_approval(policy, looks_at(2), start=3) == 3
