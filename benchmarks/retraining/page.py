"""The study as a page of its own: which trigger earns what, and when it trained."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from scipy import stats

from benchmarks.retraining.business import LOOK_DAYS, STUDY_DAYS, first_day, shock_day
from benchmarks.retraining.study import COST_EUR, NEVER, Mean, Row, Study
from churn.evaluation.scorecard import CurvePoint, Estimate
from churn.report.axes import Scale
from churn.report.blocks import (
    Cell,
    Chart,
    Charts,
    Group,
    Mark,
    Page,
    Prose,
    Section,
    Table,
    Verdict,
)
from churn.report.charts import Bar, Reference, bars, line_chart
from churn.report.formats import number, signed
from churn.report.page import render
from churn.report.svg import Words

MONTH_DAYS = 30
BETTER = Mark("▲", "Better", "good")
UNSHOWN = Mark("≈", "Not shown", "unsure")
FOOTER = (
    "python -m benchmarks.retraining makes this page. Money is per 1,000 customers and "
    "month. It loads nothing and runs no script."
)
WHAT_IS_REAL = (
    "Real: the simulator's raw events, the features, each training with its "
    "calibration (XGBoost, 80 trees, no search), the daily profiles, what monitoring "
    "says of them, and the decision, from the trigger's file as it ships. Money: at "
    "each monthly campaign the live version contacts whom it would; what that is worth "
    "follows from each customer's true probability, which the simulator knows, and the "
    "data set's own costs."
)
WHAT_IS_LEFT_OUT = (
    "Left out: gates and rollout (what is trained is live at once, good or bad), and "
    "what campaigns change in the customers. Labels count as they are known in the "
    "end. At weekly looks the age of the trigger weekly always fires, so monitoring "
    "is not asked there. Each business has its own seed and one shock; the errors are "
    "those of a mean over few businesses."
)
FRESH = (
    "“Fresh” cuts one calibration and one test snapshot instead of two and three "
    "(time_split in the data set's file): a version then learns from rows that are "
    "three months newer, and is measured on fewer."
)


def study_page(study: Study) -> str:
    """Write the study as a self-contained HTML page."""
    return render(
        Page(
            kicker="When to train again",
            title="Three years, in money",
            facts=(
                ("Businesses", f"{study.n_businesses} simulated"),
                ("Customers", f"about {study.n_active:,.0f} at a time in each"),
                ("From", f"{first_day()}, {STUDY_DAYS} days"),
                ("Competitor appears", f"{shock_day()}"),
                ("A training costs", number(COST_EUR, "eur")),
            ),
            sections=(
                Section("Result", (_verdict(study), _table(study))),
                Section("Gain over never training again", (_gains(study),)),
                Section("Month by month", (_months(study),)),
                Section("Why they trained", (_reasons(study),)),
                Section(
                    "What this is, and is not",
                    (Prose(text=WHAT_IS_REAL), Prose(text=WHAT_IS_LEFT_OUT)),
                ),
            ),
            footer=FOOTER,
        )
    )


def _verdict(study: Study) -> Verdict:
    """Who is shown to earn more than never training again, if anybody is."""
    n = study.n_businesses
    others = [row for row in study.rows if row.policy != NEVER]
    better = [row for row in others if (_estimate(row.gain, n).low or 0.0) > 0]
    best = max(better or others, key=lambda row: row.paid.mean)
    error = " (± one standard error)" if best.gain.error is not None else ""
    told = f"{best.policy} earned {with_error(best.gain)} EUR more than never"
    return Verdict(
        mark=BETTER if better else UNSHOWN,
        sentence=(
            f"{', '.join(row.policy for row in better)}: more than never, shown."
            if better
            else "No trigger is shown to earn more than never training again."
        ),
        detail=(
            f"Per 1,000 customers and month, trainings paid, {told}{error}, "
            f"{number(best.best_share, 'share')} of the best that could be known."
        ),
        summary=(
            f"Shown: the whole 95 % interval over {n} businesses (Student's t) lies "
            "above zero."
            if n > 1
            else "One business tells nothing of the error; two and more show something."
        ),
    )


def _table(study: Study) -> Table:
    head = (
        "Trigger",
        "trainings",
        "before the shock",
        "net value",
        "trainings paid",
        "more than never",
        "since the shock, unpaid",
        "one brought",
        "of the best",
    )
    rows = tuple(_row(row) for row in study.rows)
    note = (
        "Trainings: of one business in three years. Money: EUR per 1,000 customers and "
        "month, ± standard error. “One brought”: what a training earned on average in "
        f"a business of this size; it may cost as much. {FRESH}"
    )
    return Table(
        caption="EUR per 1,000 customers and month",
        head=head,
        groups=(Group("", rows),),
        note=note,
    )


def _row(row: Row) -> tuple[Cell, ...]:
    is_never = row.policy == NEVER
    return (
        Cell(text=row.policy),
        Cell(text=f"{row.n_trainings:.1f}"),
        Cell(text=f"{row.n_before:.1f}"),
        Cell(text=with_error(row.net)),
        Cell(text=with_error(row.paid)),
        Cell(text="" if is_never else with_error(row.gain)),
        Cell(text="" if is_never else with_error(row.after)),
        Cell(text="" if row.worth_eur is None else signed(row.worth_eur, "eur")),
        Cell(text=number(row.best_share, "share")),
    )


def with_error(found: Mean) -> str:
    """A mean with its standard error.

    >>> with_error(Mean(-12.4, 3.2)), with_error(Mean(5.0, None))
    ('−12 ± 3', '5')
    """
    error = "" if found.error is None else f" ± {found.error:.0f}"
    return f"{found.mean:.0f}{error}".replace("-", "−")


def _gains(study: Study) -> Charts:
    items = [
        Bar(
            row.policy,
            f"{signed(row.gain.mean, 'eur')}",
            _estimate(row.gain, study.n_businesses),
        )
        for row in study.rows
        if row.policy != NEVER
    ]
    words = Words(
        "Gain over never",
        "EUR per 1,000 customers and month, trainings paid, with 95 % intervals",
    )
    note = "Trainings paid; 95 % intervals over the businesses, by Student's t."
    caption = "EUR per 1,000 customers and month"
    return Charts(
        items=(Chart(caption=caption, drawing=bars(items, words), note=note),)
    )


def _estimate(found: Mean, n: int) -> Estimate:
    if found.error is None:
        return Estimate(found.mean, None, None, n)
    reach = float(stats.t.ppf(0.975, n - 1)) * found.error
    return Estimate(found.mean, found.mean - reach, found.mean + reach, n)


def _months(study: Study) -> Charts:
    """What each policy earned beyond never since the beginning, trainings paid."""
    return Charts(
        items=tuple(
            _month_chart(study, row.policy) for row in study.rows if row.policy != NEVER
        )
    )


def _month_chart(study: Study, policy: str) -> Chart:
    scales = (Scale("months", "count"), Scale("EUR per 1,000 customers", "count"))
    shock = Reference((shock_day() - first_day()).days / MONTH_DAYS, "competitor")
    words = Words(
        policy, "Earned beyond never since the beginning, trainings paid, by month"
    )
    drawing = line_chart(
        list(_earned(study, policy)),
        words,
        scales,
        level=Reference(0.0, "never"),
        at=shock,
    )
    return Chart(
        caption=policy, drawing=drawing, note="Since the beginning, trainings paid."
    )


def _earned(study: Study, policy: str) -> Iterator[CurvePoint]:
    never = {p.day: p.net_eur for p in study.points if p.policy == NEVER}
    total = 0.0
    for point in (p for p in study.points if p.policy == policy):
        total += point.net_eur - never[point.day]
        value = total - _spent(study, policy, point.day)
        months = (point.day - first_day()).days / MONTH_DAYS
        yield CurvePoint(months, value, None, None, study.n_businesses)


def _spent(study: Study, policy: str, day: date) -> float:
    """What the trainings until a day cost, per 1,000 customers."""
    n = sum(
        t.policy == policy and t.day <= day for each in study.trainings for t in each
    )
    return COST_EUR * n / study.n_businesses / study.n_active * 1000


def _reasons(study: Study) -> Table:
    counts = Counter(
        (training.policy, ", ".join(training.because))
        for each in study.trainings
        for training in each
    )
    rows = tuple(
        (
            Cell(text=policy),
            Cell(text=why),
            Cell(text=f"{n / study.n_businesses:.1f}"),
            Cell(text=_first(study, policy, why)),
        )
        for (policy, why), n in counts.items()
    )
    return Table(
        caption="Trainings in three years, of one business",
        head=("Trigger", "rules that fired", "trainings", "first on day"),
        groups=(Group("", rows),),
        text_columns=2,
        note=f"Monitoring looks every {LOOK_DAYS} days, the trigger weekly every 7.",
    )


def _first(study: Study, policy: str, why: str) -> str:
    """The first day of each business, in order."""
    days = [
        min(
            (t.day for t in each if (t.policy, ", ".join(t.because)) == (policy, why)),
            default=None,
        )
        for each in study.trainings
    ]
    return ", ".join(sorted(f"{(d - first_day()).days}" for d in days if d))
