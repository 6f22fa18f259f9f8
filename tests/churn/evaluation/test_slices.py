import polars as pl

from churn.evaluation.slices import find_groups

TEST = pl.DataFrame(
    {
        "slice__plan": ["basic", "pro", "basic", None, None],
        "slice__country": ["AT", "AT", "AT", "AT", "AT"],
        "plan": ["x"] * 5,
    }
)


def test_groups_come_by_slice_then_name_and_null_is_a_group():
    groups, too_small = find_groups(TEST, min_rows=1)

    assert [(g.slice_name, g.group) for g in groups] == [
        ("plan", "(missing)"),
        ("plan", "basic"),
        ("plan", "pro"),
        ("country", "AT"),
    ]
    assert groups[1].rows.tolist() == [True, False, True, False, False]
    assert too_small == ()


def test_a_group_of_the_minimum_size_stays_and_a_smaller_one_is_named():
    groups, too_small = find_groups(TEST, min_rows=2)

    assert [g.group for g in groups] == ["(missing)", "basic", "AT"]
    assert too_small == ("plan: pro (1 rows)",)


def test_a_frame_without_slices_has_no_groups():
    assert find_groups(TEST.select("plan"), min_rows=1) == ((), ())
