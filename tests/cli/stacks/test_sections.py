from pathlib import Path

import pytest

from churn.errors import ConfigError
from cli.stacks import sections

ROOT = Path("/checkout")
BUILT = {"dockerfile": "ops/x.Dockerfile", "build_context_root": ".", "user": "me"}


def test_an_image_that_is_there_is_used_and_nothing_is_built():
    told = {"docker": {**BUILT, "parent_image": "r/i:1", "prevent_build_reuse": True}}

    read = sections.settings(told, "s.yaml: settings", ROOT)

    assert read["docker"] == {
        "parent_image": "r/i:1",
        "user": "me",
        "skip_build": True,
    }


def test_without_an_image_it_is_built_of_this_repository_from_wherever():
    read = sections.settings({"docker": BUILT}, "s.yaml: settings", ROOT)

    assert read["docker"] == {
        "dockerfile": "/checkout/ops/x.Dockerfile",
        "build_context_root": "/checkout",
        "user": "me",
    }


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({"HOLDFAST_LEDGER_URL": "x"}, "belongs in stores.ledger"),
        ({"aws_region": "x"}, "expected the name of a variable"),
        ({"AWS_REGION": 1}, "AWS_REGION: expected text, found int 1"),
        ({"AWS_SECRET_ACCESS_KEY": "x"}, "belongs in a secret"),
        ([], r"environment: expected a mapping, found list"),
    ],
)
def test_a_wrong_variable_is_refused_in_one_line(environment, problem):
    with pytest.raises(ConfigError, match=problem) as caught:
        sections.variables(environment, "s.yaml")

    assert str(caught.value).startswith("s.yaml: ")
    assert "\n" not in str(caught.value)


def test_secrets_are_a_list_of_names():
    with pytest.raises(ConfigError, match=r"secrets\[1\]: expected text, found int"):
        sections.secrets(["a", 1], "s.yaml: secrets")


def test_a_password_in_an_address_is_refused_wherever_it_stands():
    url = "http://me:hush@mlflow"
    component = {"flavor": "mlflow", "configuration": {"tracking_uri": url}}
    others = {
        "orchestrator": {"flavor": "local"},
        "artifact_store": {"flavor": "local"},
    }

    with pytest.raises(ConfigError, match=r"tracking_uri: the address holds a passw"):
        sections.components({**others, "experiment_tracker": component}, "components")
    with pytest.raises(ConfigError, match=r"stores.crm.*as HOLDFAST_CRM_PASSWORD"):
        sections.stores({"crm": "mysql+pymysql://me:hush@h/d"}, "s.yaml: stores")
