"""The page of a whole story."""

from churn.report.story import story_page
from tests.parsed_page import ParsedPage
from tests.story_told import answered, chapter, story


def parsed(**changed):
    return ParsedPage(story_page(story(**changed)))


def test_what_was_promised_and_kept_comes_first():
    page = parsed()

    assert page.all("h2")[0].text == "What came of it"
    assert "As promised" in page.text
    assert "1 of 1 promises were kept" in page.text


def test_a_broken_promise_is_the_headline():
    page = parsed(promises=(("A leak is caught.", True), ("Nothing is lost.", False)))

    assert "Not as promised" in page.text
    assert "1 of 2 promises were kept" in page.text


def test_customers_who_got_no_answer_are_told_as_lost():
    page = parsed()

    values = [e.text for e in page.elements if e.has_class("value")]
    assert values == ["11", "1", "2.2 ms", "40.0 ms"]


def test_the_chapters_stand_in_their_order_with_their_days():
    page = parsed(chapters=(chapter("A leak"), chapter("A night", day=None)))

    titles = [heading.text for heading in page.all("h2")]
    assert titles[2:4] == ["1. A leak, 2024-10-20", "2. A night"]


def test_every_link_leads_to_a_file_beside_the_page_and_nothing_is_loaded():
    text = story_page(story())
    page = ParsedPage(text)

    assert [a.attributes["href"] for a in page.all("a")] == [
        "reports/2-planted-leak.html"
    ]
    assert "<script" not in text
    assert "http" not in text


def test_without_any_answer_the_page_says_that_times_are_unknown():
    nobody = answered(
        n=0, n_lost=0, median_ms=None, p99_ms=None, by_version={}, seconds=()
    )

    assert "unknown" in parsed(answered=nobody).text


def test_equal_stories_give_equal_pages():
    assert story_page(story()) == story_page(story())
