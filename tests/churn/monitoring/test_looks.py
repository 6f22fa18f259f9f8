from dataclasses import replace

import numpy as np
import pytest

from benchmarks.monitored import QUIET, shifted_to
from benchmarks.monitored_days import Watched, day_of
from benchmarks.monitored_years import shipped
from churn.monitoring.looks import MEASURED, RANKED, estimated_harms, matured_harms
from churn.monitoring.trials import reference_rows
from churn.monitoring.windows import EVERYONE

RNG = np.random.default_rng(0)
WATCHED = Watched.started(20_000, 20_000, RNG)
BEFORE = reference_rows(WATCHED.reference)
SOUND = WATCHED.days(QUIET, 10, 20_000, RNG)
QUIET_DAYS = [SOUND.profile(k) for k in range(10)]
OTHERS = WATCHED.days(shifted_to(0.08, "spread"), 3, 20_000, RNG, first=7)


def test_every_group_is_one_harm_however_many_windows_are_looked_at():
    found = estimated_harms(BEFORE, QUIET_DAYS, shipped())

    names = ["estimated_ranking:" + group for group in BEFORE.groups[1:]]
    assert [harm.name for harm in found] == ["estimated_ranking", *names]
    assert not [harm.name for harm in found if harm.is_alarm]
    assert {harm.since for harm in found} == {None}


def test_a_slice_whose_customers_changed_is_an_alarm_of_its_own():
    name = "plan=basic"
    days = list(QUIET_DAYS)
    for k in range(3):
        changed = {**days[7 + k].slices, name: OTHERS.counts(name, k)}
        days[7 + k] = replace(days[7 + k], slices=changed)

    alarms = [h for h in estimated_harms(BEFORE, days, shipped()) if h.is_alarm]

    (alarm,) = alarms
    assert alarm.name == f"estimated_ranking:{name}"
    assert alarm.since == day_of(7)
    assert alarm.tolerance == shipped().tolerances["slice_roc_auc"]


def test_the_shortest_window_finds_a_sudden_change_and_a_long_one_dilutes_it():
    plan = shipped()
    days = [*QUIET_DAYS[:9], OTHERS.profile(2)]
    days[9] = replace(days[9], day=day_of(9))

    found, diluted = (
        estimated_harms(BEFORE, days, replace(plan, test_windows_days=lengths))[0]
        for lengths in ((1, 7), (7,))
    )

    assert found.is_alarm
    assert found.window_days == 1
    assert diluted.loss.value < found.loss.value


@pytest.mark.parametrize("before", [None, BEFORE])
def test_without_labels_or_reference_every_test_is_named_and_none_is_made(before):
    found = matured_harms(before, None, shipped())

    assert [harm.name for harm in found] == list(MEASURED)
    assert {harm.loss.value for harm in found} == {None}
    assert [harm.name for harm in estimated_harms(None, QUIET_DAYS, shipped())] == list(
        RANKED
    )
    assert BEFORE.groups[0] == EVERYONE
