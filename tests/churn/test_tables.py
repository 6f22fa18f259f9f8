from dataclasses import replace

import pytest

from churn.errors import NotEnoughDataError
from churn.tables import latest_known, resolve_as_of
from tests.businesses import PURCHASES, moment, purchases

TABLES = {"purchases": PURCHASES}
FRAMES = {
    "purchases": purchases(
        (1, "a", "2024-01-20", "2024-02-03", 100, "web"),
        (2, "a", "2024-01-25", "2024-01-25", 100, "web"),
    )
}
TIMELESS = {"purchases": replace(PURCHASES, event_time=None, known_at=None)}


def test_the_latest_knowledge_is_the_largest_known_at() -> None:
    assert latest_known(TABLES, FRAMES) == moment("2024-02-03")


def test_a_table_known_as_it_happens_goes_by_its_event_time() -> None:
    at_once = {"purchases": replace(PURCHASES, known_at=None)}

    assert latest_known(at_once, FRAMES) == moment("2024-01-25")


def test_a_date_after_all_knowledge_would_invent_labels_and_is_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="knows nothing after 2024-02-03"):
        resolve_as_of("2024-02-04", TABLES, FRAMES)


def test_the_last_known_day_itself_may_be_asked_for() -> None:
    assert resolve_as_of("2024-02-03", TABLES, FRAMES) == moment("2024-02-04")


def test_an_asked_date_means_its_end() -> None:
    assert resolve_as_of("2024-01-31", TABLES, FRAMES) == moment("2024-02-01")


def test_without_a_date_all_that_is_known_takes_part() -> None:
    assert resolve_as_of(None, TABLES, FRAMES) == moment("2024-02-03")


def test_tables_without_times_need_a_date() -> None:
    with pytest.raises(NotEnoughDataError, match="give --as-of DATE"):
        resolve_as_of(None, TIMELESS, FRAMES)
