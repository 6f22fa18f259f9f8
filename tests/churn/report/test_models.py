"""The page of one model."""

from datetime import timedelta

import pytest

from churn.report.models import model_page
from churn.report.models_content import Fallback
from tests.model_reports import START, happening, live, model_report, version
from tests.parsed_page import ParsedPage
from tests.scorecards import GATES, REFUSED

LARGEST_BYTES = 300_000


def parsed(**changed) -> ParsedPage:
    return ParsedPage(model_page(model_report(**changed)))


def section(page: ParsedPage, title: str) -> str:
    """The text of the section of this heading."""
    (heading,) = [h for h in page.all("h2") if h.text == title]
    return heading.parent.text


def test_what_is_live_since_when_and_why_comes_first():
    page = parsed()

    assert page.all("h2")[0].text == "What is live"
    told = section(page, "What is live")
    assert "Version 3, XGBoost boosting, since 2026-03-04 09:05 UTC." in told
    assert "Promoted by ada: a quarter better" in told
    assert "d" * 64 in told


def test_after_a_rollback_both_versions_are_named():
    told = section(
        parsed(live=live(version(2, "production"), rolled_back_from="3")),
        "What is live",
    )

    assert "Took over again from version 3, rolled back by ada: a quarter" in told


def test_versions_that_were_ended_are_listed_with_why():
    versions = (
        version(5, "stopped", why="complaints (bo)"),
        version(4, "rolled back", why="wrong (ada)"),
    )

    told = section(parsed(versions=versions), "Candidates and their gates")

    assert "Version 5, stopped since 2026-03-06 09:05 UTC: complaints (bo)" in told
    assert "Version 4, rolled back since 2026-03-05 09:05 UTC: wrong (ada)" in told


def test_a_version_that_skipped_its_rollout_says_so_and_who_approved_it():
    told = section(
        parsed(
            live=live(version(3, "production"), is_override=True, approvers=("bo",))
        ),
        "What is live",
    )

    assert "the rollout was skipped" in told
    assert "Approved bybo" in told.replace("\n", "")


def test_a_model_that_was_never_promoted_says_that_nothing_is_live():
    told = section(parsed(live=None), "What is live")

    assert "No version of this model is in production." in told


def test_each_candidate_shows_its_gates_the_one_in_rollout_first():
    page = parsed()

    summaries = [e.text for e in page.all("summary")]
    assert [s.split(":")[0] for s in summaries] == [
        "Its gates",
        "Version 5, staging since 2026-03-06 09",
        "Version 6, waiting since 2026-03-07 09",
        "Version 4, refused since 2026-03-05 09",
    ]
    assert "1 of 7 gates failed" in summaries[3]
    checks = page.all("ul", "checks")
    assert [len(c.text.split("bound")) for c in checks] == [
        *[len([g for g in GATES if g.bound is not None]) + 1] * 3,
        len([g for g in REFUSED.gates if g.bound is not None]) + 1,
    ]


def test_a_rollback_is_shown_with_the_figures_before_and_after():
    page = parsed()

    told = section(page, "What a rollback would do")
    assert "Version 2 would be live again." in told
    before, after = [
        row.text.split("\n")[1]
        for row in page.all("tr")
        if row.parent.parent.text.startswith("\nBefore") and row.parent.tag == "tbody"
    ]
    assert before.startswith("32026-03-04")
    assert after.startswith("22026-03-03")


def test_where_there_is_no_way_back_the_page_says_why():
    page = parsed(fallback=Fallback(None, "No version was live before."))

    told = section(page, "What a rollback would do")
    assert "No version was live before." in told
    assert "Before and after" not in page.text


def test_two_hundred_versions_with_their_histories_stay_below_300_kb():
    versions = tuple(version(n, "refused") for n in range(220, 0, -1))
    history = tuple(
        happening(n, "decided", n, reason="x" * 120) for n in range(900, 0, -1)
    )

    page = model_page(model_report(versions=versions, history=history))

    assert len(page.encode()) < LARGEST_BYTES


def test_an_empty_history_is_a_page_too():
    page = parsed(live=None, versions=(), history=(), at=None, sequence=0)

    assert "No version is registered." in page.text
    assert "nothing has happened yet" in page.text


@pytest.mark.parametrize("field", ["actor", "reason"])
def test_a_hostile_reason_is_shown_and_not_run(field):
    hostile = "<script>alert(1)</script>"

    page = parsed(history=(happening(1, "promoted", 1, **{field: hostile}),))

    assert not page.all("script")
    assert hostile in page.text


def test_equal_reports_give_equal_pages():
    assert model_page(model_report()) == model_page(model_report())
    later = START + timedelta(days=30)
    assert model_page(model_report()) != model_page(model_report(at=later))
