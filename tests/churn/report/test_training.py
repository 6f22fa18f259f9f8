import re
from dataclasses import replace

import pytest

from churn.evaluation.scorecard import Estimate
from churn.report.training import training_report
from tests.parsed_page import ParsedPage
from tests.scorecards import GATES, REFUSED, a_slice, content, slices

UNDEFINED = Estimate(None, None, None, 0)


def bare():
    """A report of which everything that may be absent is absent."""
    full = content()
    card = replace(
        full.scorecard,
        figures=dict.fromkeys(full.scorecard.figures, UNDEFINED),
        opponents={},
        slices=(),
        reliability=(),
        lift=(),
        profit=(),
        importance={},
        definitions={},
        champion_version=None,
        n_rows=0,
        n_customers=0,
        n_churners=0,
    )
    decision = replace(
        REFUSED,
        gates=(replace(GATES[0], outcome="undecided", observed=UNDEFINED),),
        has_champion=False,
    )
    return replace(
        full,
        decision=decision,
        scorecard=card,
        stage=None,
        model_version=None,
        model=replace(full.model, candidates=()),
        quality=(),
        lineage={},
        windows=(),
    )


@pytest.fixture(scope="module")
def report():
    return training_report(content())


@pytest.fixture(scope="module")
def parsed(report):
    return ParsedPage(report)


def test_the_decision_comes_first_and_the_lineage_last(parsed):
    assert [heading.text for heading in parsed.all("h2")] == [
        "Decision",
        "At a glance",
        "Beside its opponents",
        "Calibration, lift and profit",
        "Slices",
        "Leak probes",
        "Features",
        "Choice of model",
        "Data and its quality",
        "Lineage",
    ]


def test_every_gate_shows_its_outcome_in_words_and_its_sentence(parsed):
    (checks,) = parsed.all("ul", "checks")

    assert checks.text.count("Passed") == 6
    assert checks.text.count("Undecided") == 1
    for gate in GATES:
        assert gate.sentence[1:] in checks.text


def test_every_slice_feature_and_lineage_entry_appears(parsed):
    full = content()

    for one in slices():
        assert one.group in parsed.text
    for feature in full.features:
        assert feature.name in parsed.text
    for text in full.lineage.values():
        assert text in parsed.text


def test_the_page_loads_nothing_and_runs_nothing(report):
    found = re.findall(
        r"https?:|//\w|\bsrc\s*=|<script|<link|<iframe|\bon\w+\s*=|url\(|@import",
        report,
    )

    assert found == []


def test_the_page_is_small(report):
    assert len(report.encode()) < 120_000


def test_equal_contents_give_equal_bytes(report):
    assert training_report(content()) == report


def test_every_drawing_speaks_or_is_hidden_beside_its_text(parsed):
    for drawing in parsed.all("svg"):
        attributes = drawing.attributes
        speaks = attributes.get("role") == "img"
        assert speaks != (attributes.get("aria-hidden") == "true")
        inside = [e.tag for e in parsed.elements if e.parent is drawing]
        assert not speaks or inside[:2] == ["title", "desc"]


def test_marks_carry_words_beside_their_colour(parsed):
    marks = parsed.all("span", "mark")

    assert marks
    assert all(mark.attributes["aria-label"] for mark in marks)


def test_a_report_of_undefined_figures_says_so_in_words():
    page = ParsedPage(training_report(bare()))

    assert "undefined" in page.text
    assert "This version is not registered." in page.text
    assert "There was no champion to compare with." in page.text
    assert not re.findall(r"\b(None|nan|inf)\b", page.text)


def test_hostile_names_are_shown_and_not_run():
    hostile = '"><script>alert(1)</script>'
    full = content()
    gate = replace(GATES[0], name=hostile, sentence=hostile)
    evil = replace(
        full,
        dataset=hostile,
        model_version=hostile,
        stage=hostile,
        lineage={hostile: hostile},
        decision=replace(full.decision, gates=(gate,), reason=hostile, policy=hostile),
        scorecard=replace(
            full.scorecard,
            slices=(a_slice(hostile, hostile, 900),),
            definitions={hostile: hostile},
            opponents={
                hostile: replace(full.scorecard.opponents["majority"], name=hostile)
            },
        ),
        quality=(replace(full.quality[0], table=hostile, broken_rules={hostile: 1}),),
    )

    page = ParsedPage(training_report(evil))

    assert not page.all("script")
    assert page.text.count(hostile) > 10


def test_a_refusal_is_told_in_one_sentence_and_shows_damage():
    full = content()
    damaged = replace(
        full,
        decision=REFUSED,
        stage="rejected",
        model=replace(
            full.model, imbalance="smote", imbalance_damage="SMOTE raised the error."
        ),
    )

    page = ParsedPage(training_report(damaged))

    (verdict,) = page.all("div", "verdict")
    assert "Refused" in verdict.text
    assert "Version 12 will not serve." in verdict.text
    assert "SMOTE raised the error." in page.text


def test_even_many_slices_and_features_stay_below_the_limit():
    full = content()
    many = tuple(
        a_slice(f"slice {i // 10}", "group " + "long " * 20 + str(i), 500)
        for i in range(100)
    )
    features = tuple(
        replace(full.features[0], name=f"feature_{i}_days") for i in range(300)
    )
    large = replace(
        full, scorecard=replace(full.scorecard, slices=many), features=features
    )

    assert len(training_report(large).encode()) < 500_000
