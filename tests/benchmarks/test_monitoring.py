"""A small version, at fixed seeds, of what `make error-rates` says of monitoring."""

from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from benchmarks import monitoring
from benchmarks.monitored import QUIET, shifted_to
from benchmarks.monitored_estimates import late_errors
from benchmarks.monitored_rows import row_level_year
from benchmarks.monitored_years import (
    LARGE,
    NAIVE,
    TINY,
    days_until,
    quiet_year,
    shipped,
)
from benchmarks.monitoring import (
    LOSS,
    N_ROW_LEVEL_YEARS,
    N_SHIFTS,
    N_YEARS,
    Simulated,
    report,
)

pytestmark = pytest.mark.long


def test_a_worlds_loss_is_the_one_that_was_asked_for():
    for by in ("spread", "slope"):
        lost = QUIET.roc_auc() - shifted_to(LOSS, by).roc_auc()

        assert lost == pytest.approx(LOSS, abs=1e-6)


def test_a_quiet_year_has_no_alarm_but_by_the_usual_rules():
    year = quiet_year(TINY, 0)

    assert not any(hit for name, hit in year.items() if name not in NAIVE)
    assert year["KS p < 0.05"]
    rankings = {"estimated_ranking", "matured_ranking"}
    assert set(year) >= (set(shipped().shares) - {"slices"}) | rankings


def test_other_customers_are_found_without_labels_and_another_meaning_with_them():
    other, meaning = (
        [
            days_until(LARGE, shifted_to(LOSS, by), k, quiet_days=7, n_days=10)
            for k in range(3)
        ]
        for by in ("spread", "slope")
    )

    assert np.median([one["estimated_ranking"] for one in other]) <= 5
    assert np.median([one["matured_ranking"] for one in meaning]) <= 5
    assert all(np.isinf(one["estimated_ranking"]) for one in meaning)


def test_late_labels_are_nearer_to_the_truth_corrected():
    found = late_errors(0, n_a_day=8_000, leave_early=False)

    assert abs(found["corrected 30"]) < abs(found["naive 30"])


@pytest.mark.long
def test_the_same_people_every_night_raise_no_alarm():
    looks = list(row_level_year(0, 60))

    assert not [harm for health in looks for harm in health.alarms]
    assert {health.version for health in looks} == {"1"}
    # All that may page has been asked.
    asked = {harm.name for harm in looks[-1].harms if harm.statistic is not None}
    assert asked >= {
        "estimated_ranking",
        "matured_ranking",
        "matured_calibration",
        "matured_net_value",
        "volume:batch",
        "quality:missing",
        "quality:quarantined",
    }
    assert looks[-1].slices


def test_the_figures_that_are_promised_come_from_a_thousand_years():
    assert sum(N_YEARS.values()) == 1000
    assert N_ROW_LEVEL_YEARS == 20
    assert N_SHIFTS >= 200


def test_years_with_alarms_and_slow_ones_miss_the_targets(monkeypatch):
    quiet = {"estimated_ranking": True, **dict.fromkeys(NAIVE, False)}
    never = dict.fromkeys((*monitoring.OURS, *NAIVE), np.inf)
    shift = {
        "doubted": 0.0,
        **dict.fromkeys(monitoring.WAYS, 0.0),
        **{f"{way} {lv}": 1.0 for way in monitoring.WAYS for lv in monitoring.LEVELS},
    }
    late = {
        f"{way} {age}": 0.0
        for way in ("corrected", "naive")
        for age in monitoring.LATE_AGES
    }
    missed = Simulated(
        years={TINY: [quiet] * 10},
        row_level=[{}],
        changes={title: [never] for title in monitoring.CHANGES},
        shifts=[shift],
        late={False: [late], True: [late]},
    )
    monkeypatch.setattr(monitoring, "simulate", lambda _: missed)
    console = Console(width=200, record=True, file=StringIO())

    assert report(console, 0.1) == 1
    told = console.export_text()
    assert "more than 5% of the quiet years have an alarm" in told
    assert "a loss by another meaning takes more than 5 days to find" in told
    assert "never" in told
