"""The page of a batch run as a whole."""

from churn.report.batch import batch_report
from tests.batch_runs import batch_page, listed, scored, scores, section, yesterday


def test_who_could_not_be_scored_is_counted_by_why():
    because = {"no customer_value": 2, "plan: not text": 3}

    told = section(
        batch_page(scores(50), n_rows=55, n_quarantined=5, quarantined_because=because),
        "Who could not be scored",
    )

    assert "5 customers of 55" in told
    assert told.index("plan: not text") < told.index("no customer_value")


def test_no_customer_stands_on_the_page():
    rows = scores(300)

    page = batch_page(rows, yesterday(300))

    assert not [name for name in rows["customer_id"] if name in page.text]


def test_equal_runs_make_equal_pages_that_load_nothing():
    rows = scores(300)
    run, told = scored(rows), listed(rows, yesterday(300))

    page = batch_report("shop", run, told)

    assert page == batch_report("shop", run, told)
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
