"""What is new since the last run."""

import re

from tests.batch_runs import batch_page, listed, scores, section, yesterday


def test_the_list_is_held_against_the_last_one():
    rows, before = scores(1_000), yesterday(900)
    change = listed(rows, before).change

    told = section(batch_page(rows, before), "What is new")

    assert "Version 7 scored this run, version 6 the one of 2026-02-28" in told
    joined = f"joined it{change.n_new} of them not scored before {change.n_joined}"
    assert joined in told
    assert f"left it {change.n_left}" in told
    assert "900 customers scored both times" in told
    assert re.search(r"leaving: [+−]\d\.\d percentage points\.", told)


def test_the_first_run_has_nothing_to_be_held_against():
    told = section(batch_page(scores(50)), "What is new")

    assert "This is the first run" in told


def test_the_same_version_is_no_news():
    told = section(
        batch_page(scores(50), yesterday(50, model_version="7")), "What is new"
    )

    assert "Version" not in told
