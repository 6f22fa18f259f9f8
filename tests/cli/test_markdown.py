"""Markdown that shows what it was given and does nothing else."""

from cli.markdown import folded, plain, table


def test_a_text_stays_text():
    text = "`a` | [b](http://c) @ada #12 <img>\nsecond"

    found = plain(text)

    assert not set("`|[]@<\n") & set(found)
    assert plain("roc_auc above 0.78") == "roc_auc above 0.78"


def test_a_table_has_as_many_cells_in_each_row():
    lines = table(("a", "b"), [("1|2", "3"), ("4", "5\n6")]).splitlines()

    assert lines == ["| a | b |", "| --- | --- |", "| 1&#124;2 | 3 |", "| 4 | 5 6 |"]


def test_what_is_folded_stands_apart_from_its_tags():
    assert folded("why", "because") == (
        "<details><summary>why</summary>\n\nbecause\n\n</details>"
    )
