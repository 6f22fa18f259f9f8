import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.evaluation.scorecard import Estimate
from churn.report.formats import bounds, estimated, number, plural, signed, tick

FORMATS = ["score", "loss", "share", "ratio", "eur", "count"]


@pytest.mark.parametrize("form", FORMATS)
def test_an_absent_number_is_said_in_words(form):
    assert number(None, form) == "undefined"
    assert estimated(None, form) == "undefined"
    assert estimated(Estimate(None, None, None, 0), form) == "undefined"


def test_a_figure_without_interval_says_so_and_keeps_its_value():
    assert estimated(Estimate(0.5, None, None, 3), "share") == (
        "50.0% (interval undefined)"
    )


def test_both_ends_of_an_interval_have_the_decimals_of_the_value():
    assert estimated(Estimate(0.0123, 0.008, 0.018, 9), "score") == (
        "0.0123 (0.0080 to 0.0180)"
    )


def test_an_interval_around_zero_keeps_its_ends_apart():
    assert bounds(Estimate(0.0, -0.0123, 0.02, 9), "score") == "−0.0123 to 0.0200"


def test_money_is_whole_except_for_small_sums():
    assert number(1843.4, "eur") == "1,843 EUR"
    assert number(1.615, "eur") == "1.61 EUR"


def test_a_share_too_small_to_show_is_not_shown_as_nothing():
    assert number(0.00003, "share") == "under 0.1%"
    assert number(0.0, "share") == "0.0%"


def test_losses_that_differ_in_the_fourth_decimal_look_different():
    assert number(0.1541, "loss") != number(0.1535, "loss")


def test_a_rounded_nothing_has_no_sign():
    assert number(-0.00001, "loss") == "0.0000"
    assert signed(-0.001, "eur") == "0.00 EUR"


def test_a_count_of_one_is_singular():
    assert [plural(n, "row") for n in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]


@given(
    st.floats(-1e9, 1e9, allow_nan=False), st.sampled_from(["score", "loss", "ratio"])
)
def test_a_written_number_reads_back_to_three_digits(value, form):
    written = number(value, form).rstrip("×").replace(",", "").replace("−", "-")

    assert float(written) == pytest.approx(value, rel=0.005, abs=0.5e-4)


@pytest.mark.parametrize(
    ("step", "expected"), [(0.25, "0.25"), (0.5, "0.5"), (0.05, "0.25"), (5, "0")]
)
def test_ticks_have_the_decimals_their_step_needs(step, expected):
    value = {5: 0.0, 0.5: 0.5}.get(step, 0.25)

    assert tick(value, "score", step) == expected
