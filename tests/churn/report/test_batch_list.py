"""The target list in one sentence and four figures."""

import pytest

from churn.batch.targets import TargetPlan
from tests.batch_runs import batch_page, on, scores, section, yesterday


def test_how_many_to_contact_and_what_that_is_worth_comes_first():
    rows = scores(1_000)
    net = on(rows)["expected_net_value_eur"].sum()

    told = section(batch_page(rows), "Whom to contact")

    assert f"{len(on(rows))} customers of 1,000." in told
    assert f"expected to bring {net:,.0f} EUR net." in told
    assert "Everybody for whom a contact is expected to pay is on the list." in told


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (TargetPlan(100.0, 90, 0.2), "ends at its budget of 100 EUR. Beyond it"),
        (TargetPlan(1e6, 20, 0.2), "ends at 20 customers. Beyond it"),
        (TargetPlan(1e6, 90, 0.02), "ends at 2% of all customers. Beyond it"),
    ],
)
def test_the_bound_that_ended_the_list_is_named(plan, words):
    rows = scores(1_000, plan=plan)
    n_more = int((rows["expected_net_value_eur"] > 0).sum()) - len(on(rows))

    told = section(batch_page(rows, plan=plan), "Whom to contact")

    assert words in told
    assert f"{n_more} more customers would be worth a contact" in told


def test_a_run_that_lists_nobody_says_so():
    nobody = TargetPlan(0.0, None, None)

    page = batch_page(scores(50, plan=nobody), plan=nobody)

    assert "Nobody to contact among 50 customers." in section(page, "Whom to contact")
    assert "Reasons were not asked for" in section(page, "Why they may leave")


def test_each_figure_stands_beside_that_of_the_last_run():
    rows, before = scores(1_000), yesterday(900)
    net = on(before)["expected_net_value_eur"].sum()

    told = section(batch_page(rows, before), "Whom to contact")

    for figure in ("900", f"{len(on(before))}", f"{net:,.0f} EUR"):
        assert f"on 2026-02-28{figure}" in told


def test_who_has_left_already_is_counted():
    rows = scores(500)

    page = batch_page(rows, n_left=123)

    told = section(page, "Whom to contact")
    assert "left already, not contacted123" in told.replace(" 123", "123")
    assert "counted as if they had not" in section(page, "Who they are")
    assert "left already" not in section(batch_page(rows), "Whom to contact")
