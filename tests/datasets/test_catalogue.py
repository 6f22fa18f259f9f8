import pytest

from churn.errors import ConfigError
from datasets.catalogue import load, registered


@pytest.mark.parametrize("name", registered())
def test_every_data_set_holds_together(name):
    assert load(name).name == name


def test_the_four_data_sets_are_found():
    assert registered() == ("bank", "online_retail", "subscriptions", "telco")


def test_a_new_module_or_package_is_a_new_data_set(tmp_path):
    (tmp_path / "gym.py").write_text("DATASET = None\n")
    (tmp_path / "columns.py").write_text("# DATASET\n")
    (tmp_path / "press").mkdir()
    (tmp_path / "press" / "definition.py").write_text("DATASET: Dataset = None\n")

    assert registered(tmp_path) == ("gym", "press")


def test_an_unknown_data_set_is_told_with_the_nearest():
    with pytest.raises(ConfigError, match="no data set 'telko'; nearest is telco"):
        load("telko")
