from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.monitored import QUIET, shifted_to
from benchmarks.monitored_days import START, Watched, day_of, joined
from benchmarks.monitored_estimates import WINDOW, cohort_rows
from benchmarks.monitored_years import SMALL, alarms_of, shipped
from churn.errors import DataError
from churn.monitoring.censoring import LabelWindow
from churn.monitoring.harm import OUTCOMES, assess
from churn.monitoring.health import Health
from churn.monitoring.sketch import CustomerSketch
from churn.report.health_words import form_of

KEY = b"0" * 16
N_DAYS, A_DAY = 35, 5_000
SHIFT_AT = 30


@pytest.fixture(scope="module")
def watched() -> Watched:
    return Watched.started(20_000, 20_000, np.random.default_rng(1))


def look(watched, days, outcomes=None, window=None, *, last=N_DAYS - 1) -> Health:
    return assess(
        watched.reference,
        [days.profile(k) for k in range(max(0, last - 34), last + 1)],
        outcomes,
        shipped(),
        window,
        as_of=datetime.combine(day_of(last + 1), datetime.min.time(), UTC),
    )


@pytest.fixture(scope="module")
def quiet(watched):
    return watched.days(QUIET, N_DAYS, A_DAY, np.random.default_rng(2))


@pytest.fixture(scope="module")
def shifted(watched):
    rng = np.random.default_rng(3)
    before = watched.days(QUIET, SHIFT_AT, A_DAY, rng)
    world = shifted_to(0.05, "spread")
    return joined([before, watched.days(world, 5, A_DAY, rng, first=SHIFT_AT)])


@pytest.fixture(scope="module")
def labels(watched):
    rng = np.random.default_rng(4)
    parts = [
        cohort_rows(watched.model, 3000, age, rng, leave_early=False)
        for age in (90, 40)
    ]
    return pl.concat(parts)


def test_where_nothing_changes_nothing_is_an_alarm(watched, quiet, labels):
    health = look(watched, quiet, labels, WINDOW)

    assert (health.verdict, health.alarms) == ("healthy", ())
    assert health.estimated.cannot_know == ()
    assert health.notes == ()
    assert (health.n_days, len(health.trend)) == (28, 28)
    assert sum(harm.error_rate for harm in health.harms) <= 0.05 + 1e-9


def test_other_customers_are_found_to_do_harm_without_labels(watched, shifted):
    health = look(watched, shifted)
    harm = health.harm_by_name["estimated_ranking"]

    assert health.verdict == "harmed"
    assert harm.is_alarm
    assert harm.loss.low < 0.05 < harm.loss.high
    assert abs((harm.since - day_of(SHIFT_AT)).days) <= 1
    assert harm.what_to_do
    assert health.alarms[0] is health.harms[0]


def test_the_truth_lies_in_the_intervals_of_a_quiet_business(watched, quiet, labels):
    health = look(watched, quiet, labels, WINDOW)
    truth = QUIET.roc_auc()

    for found in (
        health.estimated.confidence["roc_auc"],
        health.estimated.importance["roc_auc"],
        health.measured.figures["roc_auc"],
        health.early.figures["roc_auc"],
    ):
        assert found.low <= truth <= found.high


def test_another_meaning_of_the_scores_is_found_by_labels_and_doubts_the_estimates(
    watched, quiet, labels
):
    # Churners and loyal swap in every second row: the scores say little any more.
    half = pl.int_range(pl.len()) % 2 == 0
    mean = pl.col("is_churn").shuffle(seed=1)
    changed = labels.with_columns(
        is_churn=pl.when(half).then(mean).otherwise("is_churn")
    )

    health = look(watched, quiet, changed, WINDOW)

    assert health.harm_by_name["matured_ranking"].is_alarm
    assert "matured labels contradict the scores" in health.estimated.cannot_know[0]
    assert not health.harm_by_name["estimated_ranking"].is_alarm


def test_early_labels_are_corrected_and_the_naive_figure_shown(watched, quiet, labels):
    early = look(watched, quiet, labels, WINDOW).early

    churn = early.figures["churn_rate"]
    assert early.is_corrected
    assert churn.low < QUIET.churn() @ QUIET.shares(is_weekend=False) < churn.high
    assert early.naive["churn_rate"].value < churn.low


def test_unknown_labels_are_said_to_be_unknown(watched, quiet):
    health = look(watched, quiet)

    assert health.measured is None
    assert health.notes == (
        "no labels are known: what the model was worth cannot be measured",
    )
    assert health.harm_by_name["matured_ranking"].loss.value is None


def test_untested_money_is_tolerated_as_a_share_and_not_in_euros(watched, quiet):
    money = look(watched, quiet).harm_by_name["matured_net_value"]

    assert (money.loss.value, money.unit) == (None, "share of the net value promised")
    assert form_of(money.unit) == "share"


def test_there_are_never_more_customers_than_scores(watched, quiet):
    one, two = quiet.profile(0), quiet.profile(1)
    # Sketches may count a tenth too many.
    n_told = round((one.n + two.n) * 1.1)
    many = CustomerSketch.of((f"C{n}" for n in range(n_told)), key=KEY)
    days = [replace(day, customers=many) for day in (one, two)]
    as_of = datetime.combine(START + timedelta(days=2), datetime.min.time(), UTC)

    def n_customers(*days):
        found = assess(watched.reference, days, None, shipped(), None, as_of=as_of)
        return found.n_customers

    few = replace(one, customers=CustomerSketch.of(["C1"], key=KEY), quality={})
    assert n_customers(*days) == one.n + two.n
    assert n_customers(few) == one.n
    assert n_customers(replace(few, quality={"unnamed": 1})) == 1
    assert n_customers(replace(few, source="log")) == 1


def test_absence_shows_nothing_early(watched, quiet, labels):
    absent = LabelWindow(0, 90, "absent")

    health = look(watched, quiet, labels, absent)

    assert health.early is None
    assert "only the whole label window shows" in health.notes[-1]


def test_an_older_bundle_is_told_what_it_lacks(watched, quiet, labels):
    lacks = ("the bundle is of an older format",)
    old = replace(watched.reference, scores=None, slices=None, lacks=lacks)

    health = look(Watched(watched.model, old), quiet, labels, WINDOW)

    assert health.verdict == "watch"
    assert health.notes == lacks
    assert "holds no outcomes" in health.estimated.cannot_know[0]
    assert health.estimated.confidence["roc_auc"].value is not None
    assert health.measured.figures["roc_auc"].value is not None


def test_a_handful_of_customers_tells_nothing(watched):
    few = watched.days(QUIET, 3, 20, np.random.default_rng(6))

    health = look(watched, few, last=2)

    assert health.verdict == "cannot_know"
    assert health.sentence.startswith("nobody can know yet: too few customers")


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_anybody_gives_figures_or_none_and_never_a_crash(watched, labels, n):
    none = watched.days(QUIET, 1, 1, np.random.default_rng(0)).profile(0)
    day = (
        replace(none, n=0)
        if n == 0
        else watched.days(QUIET, 1, n, np.random.default_rng(n)).profile(0)
    )
    as_of = datetime.combine(START + timedelta(days=1), datetime.min.time(), UTC)
    one = labels.head(n).with_columns(
        is_contacted=pl.lit(None, pl.Boolean),
        customer_value_eur=pl.lit(None, pl.Float64),
    )

    health = assess(watched.reference, [day], one, shipped(), WINDOW, as_of=as_of)

    assert health.verdict in {"cannot_know", "watch"}
    told = [*health.estimated.confidence.values(), *(h.loss for h in health.harms)]
    told += health.measured.figures.values() if health.measured else []
    values = [
        v for one in told for v in (one.value, one.low, one.high) if v is not None
    ]
    assert np.isfinite(values).all()


def test_days_of_other_bundles_are_left_out_or_refused(watched, quiet):
    stranger = replace(quiet.profile(0), bundle_sha256="0" * 64)
    own = [quiet.profile(1)]
    as_of = datetime.combine(START + timedelta(days=2), datetime.min.time(), UTC)

    health = assess(
        watched.reference, [stranger, *own], None, shipped(), None, as_of=as_of
    )

    assert health.n_days == 1
    assert health.n_scored == own[0].n
    with pytest.raises(DataError, match="expected scores of the bundle 5555"):
        assess(watched.reference, [stranger], None, shipped(), None, as_of=as_of)


def test_days_of_the_version_before_tell_what_volume_is_usual(watched, quiet):
    days = [quiet.profile(k) for k in range(N_DAYS)]
    before = [replace(day, bundle_sha256="0" * 64) for day in days[:-2]]
    last = replace(days[-1], n=1)
    as_of = datetime.combine(day_of(N_DAYS), datetime.min.time(), UTC)

    health = assess(
        watched.reference,
        [*before, days[-2], last],
        None,
        shipped(),
        None,
        as_of=as_of,
    )

    assert health.n_days == 2
    assert health.harm_by_name["volume:batch"].is_alarm


def test_the_simulated_years_alarm_as_the_look_does(watched, shifted):
    simulated = alarms_of(watched, shifted)["estimated_ranking"]

    for day in range(SHIFT_AT - 2, N_DAYS):
        health = look(watched, shifted, last=day)
        groups = [
            harm.is_alarm
            for harm in health.harms
            if harm.name.startswith("estimated_ranking:")
        ]
        overall = health.harm_by_name["estimated_ranking"].is_alarm

        assert [overall, sum(groups)] == [simulated[day, 0], simulated[day, 1:].sum()]
    assert simulated[SHIFT_AT:, 0].any()
    assert not simulated[: SHIFT_AT - 1].any()
    assert SMALL.a_day < A_DAY


def test_outcomes_have_the_declared_columns(labels):
    assert set(OUTCOMES) <= set(labels.columns)
    assert all(labels.schema[name] == dtype for name, dtype in OUTCOMES.items())
