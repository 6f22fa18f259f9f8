import shutil
from pathlib import Path

import pytest
import yaml

from churn.errors import ConfigError
from cli.training_config import Request, training_config

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def without_search(tmp_path: Path) -> Path:
    """Root of a checkout whose pipeline file says nothing of a search."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    path = tmp_path / "configs" / "pipelines" / "training.yaml"
    document = yaml.safe_load(path.read_text())
    del document["search"]
    path.write_text(yaml.safe_dump(document))
    return tmp_path


def test_a_fixed_kind_needs_no_search(without_search: Path) -> None:
    fixed = Request("telco", settings=["model.kind=xgboost"])

    config = training_config(without_search, fixed)

    assert config.search is None
    assert config.model.kind == "xgboost"


def test_a_kind_that_nothing_decides_is_refused(without_search: Path) -> None:
    with pytest.raises(ConfigError) as error:
        training_config(without_search, Request("telco"))

    assert str(error.value) == ("search is missing: give search, or fix model.kind")


def test_a_search_can_be_taken_away_only_from_a_fixed_kind() -> None:
    settings = ["search=null", "model.kind=logistic_regression"]

    assert training_config(ROOT, Request("telco", settings=settings)).search is None
    with pytest.raises(ConfigError, match="search is missing"):
        training_config(ROOT, Request("telco", settings=settings[:1]))


def test_a_share_in_a_file_is_checked(without_search: Path) -> None:
    path = without_search / "configs" / "pipelines" / "training.yaml"
    path.write_text(path.read_text().replace("0.02", "2.0"))

    with pytest.raises(ConfigError, match=r"max_quarantined_share: .* found 2\.0"):
        training_config(without_search, Request("telco"))


def test_another_policy_takes_the_place_of_the_data_set_s_own() -> None:
    own = training_config(ROOT, Request("telco"))
    chosen = training_config(ROOT, Request("telco", policy="refresh"))

    assert (own.policy["name"], chosen.policy["name"]) == ("improve", "refresh")
    assert chosen.bounds == own.bounds


def test_a_policy_is_not_changed_under_its_own_name() -> None:
    request = Request("telco", settings=["policy.promote_first=false"])

    with pytest.raises(ConfigError, match="copy one in configs/policies and give"):
        training_config(ROOT, request)


def test_bounds_that_another_policy_does_not_use_are_left_out() -> None:
    config = training_config(ROOT, Request("telco", policy="f1_preset"))

    assert config.policy["name"] == "f1_preset"
    assert config.bounds == {}


def test_a_mistyped_bound_is_caught_whichever_policy_is_chosen(
    without_search: Path,
) -> None:
    path = without_search / "configs" / "datasets" / "telco.yaml"
    path.write_text(path.read_text().replace("roc_auc_floor: 0.8", "roc_auc_flor: 0.8"))
    request = Request("telco", settings=["model.kind=xgboost"], policy="f1_preset")

    with pytest.raises(ConfigError, match="names a bound the data set lacks"):
        training_config(without_search, request)


def test_a_bound_too_many_is_caught_whichever_policy_is_chosen(
    without_search: Path,
) -> None:
    path = without_search / "configs" / "datasets" / "telco.yaml"
    path.write_text(path.read_text().rstrip() + "\n  roc_auc_flor: 0.8\n")
    request = Request("telco", settings=["model.kind=xgboost"], policy="f1_preset")

    with pytest.raises(ConfigError, match="'roc_auc_flor' is unknown; nearest is roc"):
        training_config(without_search, request)


def test_an_unknown_policy_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="unknown policy 'refres'.*nearest is refres"):
        training_config(ROOT, Request("telco", policy="refres"))
