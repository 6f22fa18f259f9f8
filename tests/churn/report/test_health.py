"""The page of a model's health."""

from dataclasses import replace
from datetime import timedelta

import pytest

from churn.monitoring.alarms import AlertPlan, due
from churn.monitoring.health import Estimated
from churn.report.health import health_page
from churn.report.health_content import EarlierLook, HealthReport
from tests.healths import DAY, FIGURES, full_health, harm, health, labelling
from tests.parsed_page import ParsedPage

LARGEST_BYTES = 100_000


def report(found, **changes):
    told = due({}, found, AlertPlan(7, 0.25)).notices
    usual = {
        "dataset": "subscriptions",
        "health": found,
        "told": told,
        "standing": told,
        "channels": {"webhook": "1 told"},
        "labelling": labelling(),
        "server": None,
        "server_note": "No server runs.",
        "earlier": (EarlierLook(DAY - timedelta(days=1), "3", "healthy", 0),),
        "record": "/tables/health/churn-subscriptions",
    }
    return HealthReport(**(usual | changes))


def parsed(found, **changes):
    return ParsedPage(health_page(report(found, **changes)))


def section(page, title):
    (heading,) = [h for h in page.all("h2") if h.text == title]
    return heading.parent.text


def test_the_answer_comes_first_with_what_is_wrong_how_sure_and_what_to_do():
    page = parsed(full_health())

    assert page.all("h2")[0].text == "Is it healthy?"
    told = section(page, "Is it healthy?")
    assert "Harmed" in told
    assert "The ranking is worse than tolerated" in told
    assert "Measured on 4,000 scores of 2025-03-01 to 2025-03-31" in told
    assert "Ranking, by labels" in told
    assert "since 2025-06-01" in told
    assert "Train again." in told
    assert "0.0500 (0.0400 to 0.0600)" in told


@pytest.mark.parametrize(
    ("verdict", "words", "to_do"),
    [
        ("healthy", "Healthy", "Nothing to do."),
        ("watch", "Watch", "Nobody needs to be woken"),
        ("cannot_know", "Cannot know", "Nobody needs to be woken"),
    ],
)
def test_without_an_alarm_it_is_said_that_nothing_is_to_be_done(verdict, words, to_do):
    told = section(parsed(health(verdict=verdict)), "Is it healthy?")

    assert words in told
    assert to_do in told
    assert "No label has matured yet" in told


def test_what_cannot_be_known_is_said_beside_the_figures():
    doubts = Estimated(
        confidence=FIGURES,
        importance=FIGURES,
        reference=FIGURES,
        cannot_know=("a third of the scores is beyond the reference",),
    )

    page = parsed(full_health(estimated=doubts, measured=None, early=None))

    assert "No label has matured. A third of the scores" in section(
        page, "Is it healthy?"
    )
    assert "Not to be relied upon: a third" in section(page, "How sure are we?")
    assert "nothing is measured yet" in section(page, "What the labels say")


def test_an_alarm_that_could_not_be_tested_this_time_still_stands():
    raised = due({}, full_health(), AlertPlan(7, 0.25)).notices

    told = section(parsed(health(), standing=raised), "Is it healthy?")

    assert "Ranking, by labels of version 3 stands since 2025-06-01" in told


def test_early_labels_are_said_to_be_what_is_known():
    told = section(parsed(full_health(measured=None)), "Is it healthy?")

    assert "No label has matured; early ones of 4,000 scores of 2025-03-01" in told


def test_an_alarm_is_not_said_twice_in_its_box():
    found = harm()
    told = section(parsed(health(found, sentence=found.sentence)), "Is it healthy?")

    assert told.count("ranked worse than when it was made") == 1
    assert "Train again." in told


def test_which_error_an_interval_leaves_out_is_said():
    page = parsed(full_health())

    assert "those of groups and of single days leave out the error" in page.text
    for title in ("Groups", "What changed?"):
        assert "leave out the reference's own error" in section(page, title)


def test_whom_it_was_told_and_what_is_left_out_comes_last():
    told = section(parsed(full_health()), "Whom it was told, and what is left out")

    assert "Webhook" in told
    assert "2025-06-04" in told
    assert "Of the scores one day in 7 is followed" in told


def test_what_else_the_run_left_is_named():
    told = section(parsed(full_health()), "Where the rest is")
    clean = parsed(full_health(), labelling=labelling(n_quarantined=0))

    assert f"/tables/health/churn-subscriptions, the document of {DAY}" in told
    assert "evidently_report, an artifact of this run" in told
    assert "label_quarantine" in told
    assert "label_quarantine" not in section(clean, "Where the rest is")


def test_of_nothing_a_page_is_drawn_too():
    page = parsed(health(), told=(), standing=(), channels={}, earlier=())

    assert "Nobody was told anything new." in page.text
    assert "Drift" not in [heading.text for heading in page.all("h2")]


def test_the_page_is_small_and_the_same_for_the_same_look():
    many = tuple(harm(f"matured_ranking:plan={n}", loss=0.0) for n in range(40))
    found = replace(full_health(), harms=(harm(), *many))

    page = health_page(report(found))

    assert page == health_page(report(found))
    assert len(page.encode()) < LARGEST_BYTES
    assert "http://" not in page
    assert "<script" not in page
