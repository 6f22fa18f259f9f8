import dataclasses

import pytest

from churn.errors import ConfigError
from cli.stacks.client import StackError, connected_client, errors_in_one_line
from tests.cli.doctor.tls_servers import dead_port


@pytest.mark.zenml
def test_a_stack_of_another_server_is_not_touched(local):
    elsewhere = dataclasses.replace(local, server="https://zenml.invalid/")

    with pytest.raises(
        ConfigError, match="connected to a database of this machine; `z"
    ):
        connected_client(elsewhere)


@pytest.mark.zenml
def test_a_server_that_is_away_is_told_at_once(local, monkeypatch):
    url = f"http://127.0.0.1:{dead_port()}"
    monkeypatch.setenv("ZENML_STORE_URL", url)
    monkeypatch.setenv("ZENML_STORE_API_KEY", "any")

    with pytest.raises(ConfigError, match="does not answer.*start it, or correct"):
        connected_client(dataclasses.replace(local, server=f"{url}/"))


@pytest.mark.parametrize("error", [KeyError("gone"), ValueError("a\nb"), OSError("c")])
def test_what_zenml_raises_becomes_one_line_with_a_way_out(error):
    one_line = pytest.raises(StackError, match="^ZenML: [^\n]*; look at its server")

    with one_line, errors_in_one_line():
        raise error
