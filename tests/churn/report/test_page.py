import re
from pathlib import Path

import pytest

from churn.report.blocks import Cell, Facts, Fold, Group, Page, Prose, Section, Table
from churn.report.page import render
from tests.parsed_page import ParsedPage

STYLE = Path("churn/report/page.css").read_text()
HOSTILE = '<script>alert("&1")</script>'


def page(*blocks, title="A title"):
    return Page(
        kicker="Kind of page",
        title=title,
        facts=(("Label", "text"),),
        sections=(Section("First", blocks),),
        footer="The end.",
    )


def table(text):
    cells = (Cell(text=text, detail=text), Cell(text="1"))
    return Table(caption=text, head=(text, text), groups=(Group(text, (cells,)),))


def test_a_page_has_landmarks_one_title_and_named_sections():
    parsed = ParsedPage(render(page(Prose(text="Hello."))))

    assert [len(parsed.all(t)) for t in ("header", "main", "footer", "h1")] == [1] * 4
    (section,) = parsed.all("section")
    (heading,) = parsed.all("h2")
    assert section.attributes["aria-labelledby"] == heading.attributes["id"]
    assert parsed.all("html")[0].attributes == {"lang": "en"}


@pytest.mark.parametrize(
    "block",
    [
        Prose(text=HOSTILE),
        Facts(items=((HOSTILE, HOSTILE),)),
        table(HOSTILE),
        Fold(summary=HOSTILE, blocks=(Prose(text=HOSTILE), table(HOSTILE))),
    ],
)
def test_hostile_texts_are_shown_and_not_run(block):
    parsed = ParsedPage(render(page(block, title=HOSTILE)))

    assert not parsed.all("script")
    assert HOSTILE in parsed.text
    assert parsed.all("h1")[0].text == HOSTILE


def test_a_table_has_a_caption_and_headers_with_their_scope():
    parsed = ParsedPage(render(page(table("word"))))

    assert len(parsed.all("caption")) == 1
    assert {cell.attributes["scope"] for cell in parsed.all("th")} == {
        "col",
        "row",
        "rowgroup",
    }


def test_the_style_asks_nothing_of_the_network():
    assert not re.findall(r"url\(|@import|@font-face|http", STYLE)


def test_equal_pages_give_equal_text():
    assert render(page(table("a"))) == render(page(table("a")))


def colours(block):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def luminance(colour):
    """Relative luminance, WCAG 2.2, definition of the same name."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


LIGHT, DARK = map(colours, re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL))
PAIRS = [
    *((text, "paper") for text in ("ink", "quiet", "accent", "good", "bad", "unsure")),
    *((text, "panel") for text in ("ink", "quiet", "good", "bad")),
    *(
        (text, f"{tone}-wash")
        for tone in ("good", "bad")
        for text in ("ink", "quiet", tone)
    ),
    ("ink", "unsure-wash"),
]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_contrasts_with_its_ground_as_wcag_aa_asks(palette, text, ground):
    assert contrast(palette[text], palette[ground]) >= 4.5


def test_dark_has_a_colour_for_each_light_one():
    assert DARK.keys() == LIGHT.keys()
