import pytest

from churn.deployment import Deployer, for_servers


def test_a_server_learns_where_its_stores_are():
    variables = {
        "HOLDFAST_ONLINE_URL": "redis://r",
        "HOLDFAST_PREDICTIONS_URL": "s3://p",
        "HOLDFAST_TRUSTED_KEYS": "/keys",
    }

    assert for_servers({**variables, "HOME": "/root"}) == variables


@pytest.mark.parametrize(
    "variable",
    ["HOLDFAST_LEDGER_URL", "HOLDFAST_SIGNING_KEY", "HOLDFAST_TABLES_URL"],
)
def test_a_server_never_learns_of_ledger_or_signing_key(variable):
    assert for_servers({variable: "secret"}) == {}


def test_whoever_lacks_a_part_of_the_interface_is_no_deployer():
    class Half:
        def deploy(self, deployment):
            """Deploy."""

    assert not isinstance(Half(), Deployer)
