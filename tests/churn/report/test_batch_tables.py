"""Who was scored, why, and how likely: the tables of a run."""

from dataclasses import replace

from churn.report.batch import batch_report
from tests.batch_runs import (
    DAY,
    batch_page,
    listed,
    scored,
    scores,
    section,
    yesterday,
)
from tests.parsed_page import ParsedPage


def test_reasons_come_with_how_many_they_are_about_then_and_now():
    rows, before = scores(1_000), yesterday(900)
    current, last = listed(rows).current, listed(before).current
    first = current.reasons[0]
    share = next(r.n for r in last.reasons if r.label == first.label) / last.n_explained

    told = section(batch_page(rows, before), "Why they may leave")

    assert f"{first.label} {first.n} ({first.n / current.n_explained:.1%})" in told
    assert f"{share:.1%}" in told


def test_scores_stand_side_by_side_with_those_of_the_last_run():
    rows, before = scores(1_000), yesterday(900)
    counted = [frame.filter(frame["probability"] <= 0.01) for frame in (rows, before)]
    now, then = (
        f"{len(part)} ({len(part) / n:.1%})"
        for part, n in zip(counted, (1_000, 900), strict=True)
    )

    told = section(batch_page(rows, before), "How likely they are to leave")

    assert f"0% to 1% {now} {then}" in told


def test_groups_are_left_out_where_nobody_counted_them():
    rows = scores(50)
    without = replace(listed(rows), groups=())

    page = ParsedPage(batch_report("shop", scored(rows), without))

    assert "premium" not in page.text
    assert "Decile" in section(page, "Who they are")
    assert str(DAY) in page.text
