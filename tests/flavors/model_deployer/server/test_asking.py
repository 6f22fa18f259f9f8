"""The address and the key of a server that somebody else runs."""

import pytest

from churn.errors import ConfigError
from flavors.model_deployer.server.asking import checked, key_of


def test_an_address_loses_the_slash_at_its_end():
    assert checked("https://models.example.com/") == "https://models.example.com"


def test_an_address_that_is_none_is_refused():
    with pytest.raises(ConfigError, match=r"expected http://HOST:PORT or https://HOST"):
        checked("file:///etc/passwd")


def test_the_key_is_found_where_the_variable_says(tmp_path):
    (tmp_path / "key").write_text("hf_file\n")

    assert key_of({}) is None
    assert key_of({"HOLDFAST_SERVER_KEY": "env:K", "K": "hf_variable"}) == "hf_variable"
    assert key_of({"HOLDFAST_SERVER_KEY": f"file:{tmp_path}/key"}) == "hf_file"


def test_a_key_in_place_of_a_reference_is_not_quoted():
    with pytest.raises(ConfigError, match="expected file:/path or env:NAME") as error:
        key_of({"HOLDFAST_SERVER_KEY": "hf_sesame"})

    assert "sesame" not in str(error.value)
