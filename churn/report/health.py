"""The page of a model's health: is it well, how sure is that, what changed, what to do.

Shows groups and figures, never a customer.
"""

from churn.monitoring.alarms import Notice, in_sentences, said_of
from churn.monitoring.health import Harm, Health
from churn.report.blocks import (
    Block,
    Check,
    Checks,
    Facts,
    Fold,
    Mark,
    Page,
    Prose,
    Section,
    Verdict,
)
from churn.report.formats import bounds, number, plural, readable
from churn.report.health_changes import change_section, drift_section
from churn.report.health_content import EarlierLook, HealthReport
from churn.report.health_figures import (
    figure_section,
    label_section,
    slice_section,
)
from churn.report.health_server import server_section
from churn.report.health_words import days, form_of, name_of
from churn.report.inline import whisker
from churn.report.page import render

FOOTER = (
    "Intervals are 95%; those of groups and of single days leave out the error of what "
    "they are held against. An alarm means estimated harm; drift only explains. "
    "Figures and groups only: this page holds no customer's data, loads nothing and "
    "runs no script."
)
VERDICTS = {
    "healthy": Mark("✓", "Healthy", "good"),
    "watch": Mark("!", "Watch", "unsure"),
    "harmed": Mark("✕", "Harmed", "bad"),
    "cannot_know": Mark("?", "Cannot know", "unsure"),
}
ALARM = Mark("✕", "Alarm", "bad")
QUIET = Mark("✓", "Quiet", "good")
UNTESTED = Mark("○", "Not tested", "plain")
OVER = Mark("✓", "Over", "good")


def health_page(report: HealthReport) -> str:
    """Write the page of one look as a self-contained HTML page.

    Returns
    -------
    str
        HTML5; equal reports give equal text.
    """
    health = report.health
    sections = (
        _verdict_section(report),
        figure_section(health),
        change_section(health),
        label_section(health, report.labelling),
        slice_section(health),
        drift_section(health),
        _test_section(health),
        server_section(report.server, report.server_note),
        _told_section(report),
        _elsewhere_section(report),
    )
    page = Page(
        kicker="Health",
        title=report.dataset,
        facts=_facts(health),
        sections=tuple(section for section in sections if section.blocks),
        footer=FOOTER,
    )
    return render(page)


def _facts(health: Health) -> tuple[tuple[str, str], ...]:
    scores = f"{health.n_scored:,} of about {plural(health.n_customers, 'customer')}"
    return (
        ("Model", health.model),
        ("Version", health.version),
        ("As of", health.as_of.isoformat()),
        ("Window", days(health.first_day, health.last_day)),
        ("Scores", scores),
    )


def _verdict_section(report: HealthReport) -> Section:
    health = report.health
    verdict = Verdict(
        mark=VERDICTS[health.verdict],
        sentence=in_sentences(health.sentence),
        detail=_surest(health),
        summary="" if health.alarms else _nothing_to_do(health),
    )
    blocks: list[Block] = [verdict]
    if health.alarms:
        blocks.append(Checks(items=tuple(_alarm(one, health) for one in health.alarms)))
    others = [n for n in report.standing if n.name not in health.harm_by_name]
    blocks += [Prose(text=_stands(notice), tone="unsure") for notice in others]
    return Section("Is it healthy?", tuple(blocks))


def _surest(health: Health) -> str:
    """What the answer rests on."""
    if health.measured is not None:
        found = health.measured
        return (
            f"Measured on {plural(found.n, 'score')} of "
            f"{days(found.first_day, found.last_day)} whose labels have matured, "
            f"{found.n_churners:,} of customers who left."
        )
    if health.early is not None:
        early = health.early
        return (
            f"No label has matured; early ones of {plural(early.n, 'score')} of "
            f"{days(early.first_day, early.last_day)} are corrected for those to come."
        )
    if health.estimated.cannot_know:
        return in_sentences("No label has matured", health.estimated.cannot_know[0])
    return (
        "No label has matured yet: what the model is worth is estimated from its own "
        "probabilities, which holds as long as customers of a score leave as before."
    )


def _nothing_to_do(health: Health) -> str:
    if health.verdict == "healthy":
        return "Nothing to do."
    return "Nobody needs to be woken; look at what changed below."


def _alarm(harm: Harm, health: Health) -> Check:
    since = f"since {harm.since}" if harm.since else ""
    return Check(
        mark=ALARM,
        aside=since,
        name=name_of(harm.name),
        sentence=said_of(harm, health),
        figure=_loss(harm),
        against=f"tolerated {number(harm.tolerance, form_of(harm.unit))}",
        plot=whisker(harm.loss, harm.tolerance),
    )


def _stands(notice: Notice) -> str:
    return (
        f"{name_of(notice.name)} of version {notice.version} stands since "
        f"{notice.since or notice.as_of}, and could not be tested this time: "
        f"{in_sentences(notice.what)}"
    )


def _loss(harm: Harm) -> str:
    form = form_of(harm.unit)
    if harm.loss.value is None:
        return "could not be tested"
    return f"{number(harm.loss.value, form)} ({bounds(harm.loss, form)})"


def _test_section(health: Health) -> Section:
    """Every test that may alarm, quiet ones folded."""
    rest = [harm for harm in health.harms if not harm.is_alarm]
    checks = Checks(items=tuple(_test(harm) for harm in rest))
    share = sum(harm.error_rate for harm in health.harms)
    prose = Prose(
        text=(
            f"{plural(len(health.harms), 'test')} may alarm; in a year in which "
            "nothing is wrong any of them does so with a chance of at most "
            f"{share:.1%}."
        )
    )
    if not rest:
        return Section("Tests", (prose,))
    fold = Fold(summary=f"{len(rest)} without an alarm", blocks=(checks,))
    return Section("Tests", (prose, fold))


def _test(harm: Harm) -> Check:
    is_tested = harm.loss.value is not None
    return Check(
        mark=QUIET if is_tested else UNTESTED,
        aside=f"{harm.window_days} days" if harm.window_days else "",
        name=name_of(harm.name),
        sentence=in_sentences(harm.sentence),
        figure=_loss(harm),
        against=f"tolerated {number(harm.tolerance, form_of(harm.unit))}",
        plot=whisker(harm.loss, harm.tolerance),
    )


def _told_section(report: HealthReport) -> Section:
    blocks: list[Block] = [
        Checks(items=tuple(_told(notice) for notice in report.told))
        if report.told
        else Prose(text="Nobody was told anything new.")
    ]
    channels = tuple((readable(k), v) for k, v in report.channels.items())
    if channels:
        blocks.append(Facts(items=channels))
    if report.earlier:
        looks = tuple(
            (look.as_of.isoformat(), f"version {look.version}: {_found(look)}")
            for look in reversed(report.earlier)
        )
        blocks.append(Fold(summary="Earlier looks", blocks=(Facts(items=looks),)))
    if report.health.notes:
        notes = tuple(Prose(text=in_sentences(note)) for note in report.health.notes)
        blocks.append(Fold(summary="What this page had to leave out", blocks=notes))
    return Section("Whom it was told, and what is left out", tuple(blocks))


def _elsewhere_section(report: HealthReport) -> Section:
    """What else the run left, by the name under which it is found."""
    items = [
        ("Every figure", f"{report.record}, the document of {report.health.as_of}"),
        ("Evidently's report", "evidently_report, an artifact of this run"),
        ("Scores with their outcomes", "outcomes, an artifact of this run"),
    ]
    if report.labelling.n_quarantined:
        artifact = "label_quarantine, an artifact of this run"
        items.append(("Quarantined label rows", artifact))
    return Section("Where the rest is", (Facts(items=tuple(items)),))


def _found(look: EarlierLook) -> str:
    words = VERDICTS[look.verdict].words.lower()
    return f"{words}, {plural(look.n_alarms, 'alarm')}" if look.n_alarms else words


def _told(notice: Notice) -> Check:
    return Check(
        mark=OVER if notice.is_over else ALARM,
        aside=notice.occasion,
        name=name_of(notice.name),
        sentence=in_sentences(notice.what),
        figure="",
        against=f"since {notice.since}" if notice.since else "",
        plot=whisker(None, None),
    )
