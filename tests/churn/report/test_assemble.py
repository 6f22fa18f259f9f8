from datetime import date

from churn.contracts import validate
from churn.report.assemble import Training, assemble, table_quality
from churn.report.training import training_report
from tests.businesses import BUSINESS, PURCHASES, purchases
from tests.scorecards import APPROVED, scorecard
from tests.snapshot_rows import bundle, fixed, windows

ROWS = purchases(
    (1, "a", "2024-01-01", "2024-01-01", 5, "web"),
    (1, "a", "2024-01-01", "2024-01-01", 6, "web"),
    (2, "a", "2024-01-01", "2024-01-01", 7, "web"),
)


def training() -> Training:
    checked = validate({"purchases": PURCHASES}, {"purchases": ROWS})
    return Training(
        dataset=BUSINESS,
        as_of=date(2024, 3, 1),
        good=checked.good,
        quarantined=checked.quarantined,
        source="shop.db",
        split=windows(100),
        search=fixed("logistic_regression"),
        bundle=bundle(),
        scorecard=scorecard(),
        decision=APPROVED,
        model_version="7",
        stage="production",
    )


def test_rows_read_are_good_and_quarantined_together() -> None:
    (quality,) = table_quality(training().good, training().quarantined)

    assert (quality.n_rows, quality.n_quarantined) == (3, 2)
    assert quality.broken_rules == {"primary_key": 2}


def test_the_windows_say_what_is_in_them() -> None:
    train = assemble(training()).windows[0]

    assert (train.name, train.n_rows) == ("train", 100)
    assert train.n_churners == windows(100).train["is_churn"].sum()


def test_the_page_names_the_version_the_source_and_the_bundle() -> None:
    page = training_report(assemble(training()))

    for text in ("shop.db", bundle().bundle_sha256, "Version"):
        assert text in page


def test_no_customer_reaches_the_page() -> None:
    named = training().split.test["customer_id"].to_list()

    page = training_report(assemble(training()))

    assert not [name for name in named if name in page]


def test_a_table_without_trouble_has_no_broken_rules() -> None:
    checked = validate({"purchases": PURCHASES}, {"purchases": ROWS.tail(1)})

    (quality,) = table_quality(checked.good, checked.quarantined)

    assert quality.broken_rules == {}
