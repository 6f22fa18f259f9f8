from churn.report.svg import path


def test_a_path_joins_its_points_in_order() -> None:
    drawn = path([(0.0, 1.0), (2.0, 3.0)])

    assert drawn.count("M") == 1
    assert drawn.index("0") < drawn.index("3")
