from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.report.axes import TOP, Axis, Plane, Scale, nice_ticks, spanning

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False, allow_subnormal=False)


@given(NUMBERS, st.floats(1e-6, 1e6))
def test_ticks_enclose_the_values_in_few_equal_steps(low, width):
    high = low + width

    ticks = nice_ticks(low, high)

    slack = 1e-6 * max(abs(low), abs(high), 1.0)
    steps = [b - a for a, b in pairwise(ticks)]
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 7
    assert max(steps) == pytest.approx(min(steps), rel=1e-3, abs=slack)


def test_equal_values_still_span_an_axis():
    axis = spanning(Scale("x", "score"), [0.0, 0.0])

    assert axis.ticks[0] < 0 < axis.ticks[-1]


def test_undefined_values_do_not_stretch_an_axis():
    axis = spanning(Scale("x", "score"), [0.0, None, 1.0])

    assert axis.ticks == (0.0, 0.25, 0.5, 0.75, 1.0)


def test_a_plane_puts_low_values_left_and_at_the_bottom():
    axis = Axis(Scale("x", "score"), (0.0, 1.0))
    plane = Plane(axis, axis)

    assert (plane.at_x(0.0), plane.at_y(0.0)) == (plane.left, plane.bottom)
    assert (plane.at_x(1.0), plane.at_y(1.0)) == (plane.right, TOP)


def test_long_tick_labels_move_the_plot_to_the_right():
    short = Axis(Scale("y", "score"), (0.0, 1.0))
    long = Axis(Scale("y", "eur"), (-20000.0, 20000.0))

    assert Plane(short, long).left > Plane(short, short).left
