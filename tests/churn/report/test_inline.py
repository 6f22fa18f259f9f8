import re

from churn.evaluation.scorecard import Estimate
from churn.report.inline import share_bar, whisker


def test_a_whisker_on_a_fixed_scale_puts_values_where_they_belong():
    drawing = whisker(Estimate(0.5, 0.0, 1.0, 9), 0.25, (0.0, 1.0))

    assert 'cx="48.0"' in drawing
    assert 'd="M3.0 7H93.0"' in drawing
    assert 'd="M25.5 0V14"' in drawing


def test_a_whisker_without_a_scale_shows_all_its_values():
    drawing = whisker(Estimate(5.0, 4.0, 6.0, 9), 40.0)

    (bound,) = map(float, re.findall(r"M([\d.]+) 0V14", drawing))
    assert 48 < bound < 93


def test_an_undefined_figure_draws_no_whisker():
    assert whisker(None, 0.5) == ""
    assert whisker(Estimate(None, None, None, 0), 0.5) == ""


def test_a_value_without_interval_draws_a_dot_alone():
    drawing = whisker(Estimate(0.5, None, None, 9), None)

    assert "circle" in drawing
    assert "path" not in drawing


def test_a_share_bar_is_as_long_as_its_share_and_never_negative():
    assert 'width="25.0"' in share_bar(0.25)
    assert 'width="0.0"' in share_bar(-0.1)
