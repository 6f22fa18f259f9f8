from datetime import date
from pathlib import Path

import pytest

from churn.errors import ConfigError
from cli.features_config import features_config
from cli.pipeline_config import Request

ROOT = Path(__file__).resolve().parents[2]


def test_the_range_of_dates_can_be_set() -> None:
    settings = ["dates.first=2024-03-01", "dates.last=2024-06-01"]

    config = features_config(ROOT, Request("subscriptions", settings=settings))

    assert config.dates.first == date(2024, 3, 1)
    assert config.dates.last == date(2024, 6, 1)
    assert config.load == "incremental"


@pytest.mark.parametrize("name", ["telco", "bank"])
def test_a_table_of_customers_has_no_dates_to_build(name: str) -> None:
    with pytest.raises(ConfigError, match="no 'snapshots': its rows are the snapshots"):
        features_config(ROOT, Request(name))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("load=some", "found 'some'"),
        ("dates.frist=2024-01-01", "unknown key 'frist' in 'dates'; nearest is first"),
        ("dates.first=yesterday", "found 'yesterday'"),
        ("max_quarantined_share=2", "max_quarantined_share: expected"),
        ("search.trials=5", "unknown key 'search'"),
    ],
)
def test_a_wrong_setting_is_refused(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        features_config(ROOT, Request("subscriptions", settings=[setting]))

    assert message in str(error.value)
