from dataclasses import replace

import pytest

from churn.dataset import Dataset, Expectation
from churn.errors import DeclarationError
from churn.features.check_expectations import check_expectations
from datasets.catalogue import load, registered

FAILS = Expectation(
    name="payment_fails",
    meaning="m",
    change={"failed_payments_30d": "failed_payments_30d + 1"},
    direction="never_falls",
    where="plan = 'basic'",
)


def with_expectations(*expectations: Expectation) -> Dataset:
    return replace(load("subscriptions"), expectations=expectations)


@pytest.mark.parametrize("name", registered())
def test_every_data_set_expects_something_that_can_be_tried(name: str) -> None:
    dataset = load(name)

    check_expectations(dataset)

    assert dataset.expectations


@pytest.mark.parametrize(
    ("expectations", "message"),
    [
        ([FAILS, FAILS], "two expectations are named payment_fails; rename one"),
        ([replace(FAILS, change={})], "payment_fails changes nothing"),
        (
            [replace(FAILS, change={"failed_payment_30d": "1"})],
            (
                "names failed_payment_30d, which is no feature; "
                "nearest is failed_payments_30d"
            ),
        ),
        (
            [replace(FAILS, change={"sessions_30d": "session_30d + 1"})],
            "names session_30d, which is no feature; nearest is sessions_30d",
        ),
        (
            [replace(FAILS, change={"failed_payment_share_90d": "1"})],
            (
                "changes failed_payment_share_90d, which is made of others and follows "
                "by itself; change failed_payments_90d or payments_90d"
            ),
        ),
        ([replace(FAILS, change={"sessions_30d": "1 +"})], "'1 \\+' is not SQL"),
        ([replace(FAILS, where="plans = 'basic'")], "names plans, .* nearest is plan"),
        ([replace(FAILS, where="plan =")], "is not SQL"),
    ],
)
def test_an_expectation_that_cannot_be_tried_is_refused_by_name(
    expectations: list[Expectation], message: str
) -> None:
    with pytest.raises(DeclarationError, match=f"subscriptions: .*{message}"):
        check_expectations(with_expectations(*expectations))
