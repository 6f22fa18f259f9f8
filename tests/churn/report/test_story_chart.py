"""Who answered, second by second."""

import re

from churn.report.story_chart import answered_chart, colour
from churn.report.story_content import Moment
from tests.story_told import answered

BAR = re.compile(r'class="stack (\S+)" x="(\S+)" y="(\S+)" width="\S+" height="(\S+)"')


def bars(**changed):
    drawn = str(answered_chart(answered(**changed)))
    return [(c, float(x), float(h)) for c, x, _, h in BAR.findall(drawn)]


def test_each_second_has_a_piece_for_each_version_as_high_as_it_answered():
    first, *rest = [bar for bar in bars() if bar[2] != 11]

    assert [bar[0] for bar in (first, *rest)] == [
        "stack-0",
        "stack-0",
        "stack-1",
        "stack-1",
        "stack-lost",
    ]
    # Four, three, one, three, one request; all by one scale.
    assert [round(4 * bar[2] / first[2], 1) for bar in rest] == [3.0, 1.0, 3.0, 1.0]


def test_pieces_of_one_second_stand_above_each_other():
    _, three, one, *_ = bars()

    assert three[1] == one[1]


def test_a_version_keeps_its_colour():
    assert colour("4", ["1", "4"]) == colour("4", ["1", "4", "7"])


def test_events_at_one_moment_cover_no_other_number():
    both = (Moment(1.0, "a", ""), Moment(1.01, "b", ""))
    drawn = str(answered_chart(answered(switches=both)))

    heights = re.findall(r'class="knob" cx="\S+" cy="(\S+)"', drawn)
    assert len(set(heights)) == 2
