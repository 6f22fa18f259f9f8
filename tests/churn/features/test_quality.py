import polars as pl

from churn.features.quality import quality


def test_numbers_are_told_by_their_size_and_by_what_is_missing():
    found = quality(pl.Series("n", [0, 2, 10, None]))

    assert (found.n_rows, found.missing_share, found.zero_share) == (4, 0.25, 0.25)
    assert (found.lowest, found.median, found.highest) == (0.0, 2.0, 10.0)
    assert (found.n_distinct, found.most_frequent) == (3, None)


def test_categories_are_told_by_the_most_frequent_one():
    found = quality(pl.Series("c", ["b", "a", "b", "a", None]))

    assert (found.most_frequent, found.n_distinct) == ("a", 2)
    assert found.lowest is found.median is found.highest is found.zero_share is None


def test_nothing_has_no_size_and_is_no_error():
    found = quality(pl.Series("n", [], dtype=pl.Int64))

    assert (found.n_rows, found.missing_share, found.lowest) == (0, 0.0, None)


def test_only_missing_values_have_no_most_frequent_one():
    assert quality(pl.Series("c", [None], dtype=pl.String)).most_frequent is None
