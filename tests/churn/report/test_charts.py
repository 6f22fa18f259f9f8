import re
from xml.etree import ElementTree as ET

import pytest

from churn.evaluation.scorecard import CurvePoint, Estimate
from churn.report.axes import Scale
from churn.report.charts import Bar, Reference, bars, line_chart, reliability_diagram
from churn.report.svg import Words

WORDS = Words("A title", "A description")
SCALES = (Scale("across", "share"), Scale("up", "score"))
RISING = [CurvePoint(0.0, 0.0, None, None, 1), CurvePoint(1.0, 1.0, None, None, 1)]


def places(drawing, style):
    """Positions of the path with a class, as pairs of numbers."""
    data = re.search(rf'<path class="{style}" d="M([^"Z]*)Z?"', drawing)[1]
    return [tuple(map(float, pair.split())) for pair in data.split("L")]


def draw(points, **options):
    return line_chart(points, WORDS, SCALES, **options)


def test_a_line_runs_from_corner_to_corner_of_its_plot():
    (x0, y0), (x1, y1) = places(draw(RISING), "line")

    assert (x1, y0) == (346.0, 208.0)
    assert x0 < x1
    assert y1 == 38.0


def test_a_stepped_line_holds_each_value_until_the_next():
    (x0, y0), corner, (x1, y1) = places(draw(RISING, steps=True), "line")

    assert corner == (x1, y0)
    assert x0 < x1
    assert y1 < y0


def test_a_band_goes_along_the_upper_and_back_along_the_lower_ends():
    points = [CurvePoint(0.0, 0.5, 0.0, 1.0, 9), CurvePoint(1.0, 0.5, 0.0, 1.0, 9)]

    (_, a), (_, b), (right, c), (_, d) = places(draw(points), "band")

    assert (a, b, c, d) == (38.0, 38.0, 208.0, 208.0)
    assert right == 346.0


def test_points_without_intervals_draw_no_band():
    assert 'class="band"' not in draw(RISING)


def test_a_reference_outside_the_curve_widens_the_axis():
    level, at = Reference(2.0, "twice"), Reference(1.5, "here")

    drawing = draw(RISING, level=level, at=at)

    (_, _), (x1, y1) = places(drawing, "line")
    assert x1 < 346.0
    assert y1 > 38.0
    assert "twice" in drawing
    assert "here" in drawing


def test_a_point_where_prediction_and_outcome_agree_lies_on_the_diagonal():
    drawing = reliability_diagram([CurvePoint(0.4, 0.4, 0.3, 0.5, 80)], WORDS)

    (x0, y0), (x1, y1) = places(drawing, "reference")
    x, y = map(float, re.search(r'cx="([\d.]+)" cy="([\d.]+)"', drawing).groups())
    assert (x - x0) / (x1 - x0) == pytest.approx((y0 - y) / (y0 - y1), abs=1e-3)
    assert "predicted 40.0%, observed 40.0% (30.0% to 50.0%), 80 rows" in drawing


def test_a_bin_without_churners_is_drawn():
    drawing = reliability_diagram([CurvePoint(0.0, 0.0, None, None, 1)], WORDS)

    assert 'class="dot"' in drawing
    assert 'class="interval"' not in drawing


def test_bars_are_as_long_as_their_values_and_losses_lie_left_of_zero():
    items = [
        Bar("gain", "+2", Estimate(2.0, None, None, 9)),
        Bar("loss", "−1", Estimate(-1.0, None, None, 9)),
    ]

    found = re.findall(
        r'<rect class="bar" x="([\d.]+)" y="\d+" width="([\d.]+)"', bars(items, WORDS)
    )

    (x_gain, gain), (x_loss, loss) = [tuple(map(float, pair)) for pair in found]
    assert gain == pytest.approx(2 * loss, abs=0.2)
    assert x_loss + loss == pytest.approx(x_gain, abs=0.2)


def test_an_undefined_bar_keeps_its_row_and_says_undefined():
    items = [
        Bar("known", "1", Estimate(1.0, 0.5, 1.5, 9)),
        Bar("unknown", "undefined", Estimate(None, None, None, 0)),
    ]

    drawing = bars(items, WORDS)

    assert ">undefined</text>" in drawing
    assert drawing.count('class="bar"') == 1


def test_a_long_label_is_cut_so_that_it_does_not_meet_its_figure():
    drawing = bars([Bar("x" * 300, "+1", Estimate(1.0, None, None, 9))], WORDS)

    assert f">{'x' * 43}…</text>" in drawing


NOTHING = Estimate(None, None, None, 0)


@pytest.mark.parametrize(
    "drawing",
    [draw([]), reliability_diagram([], WORDS), bars([Bar("a", "b", NOTHING)], WORDS)],
)
def test_a_chart_of_nothing_says_so(drawing):
    assert "undefined: there are no points to draw" in drawing


@pytest.mark.parametrize(
    "drawing",
    [
        draw(RISING, level=Reference(0.0, "<&>"), at=Reference(0.5, '"<b>')),
        reliability_diagram(RISING, Words("<b>", "&")),
        bars([Bar("<script>", "</text>", Estimate(1.0, 0.5, 2.0, 9))], WORDS),
        draw([]),
    ],
)
def test_a_chart_is_well_formed_and_speaks_whatever_its_texts(drawing):
    root = ET.fromstring(str(drawing))

    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == ["title", "desc"]
    assert not list(root.iter("script"))
