"""What is found before a run begins, and in which order."""

import pytest

from churn.errors import ConfigError
from cli.run_pipeline import Options, run_pipeline
from tests.conftest import CHECKOUT
from tests.stack_variables import VARIABLES


@pytest.mark.parametrize(
    ("option", "value"), [("trigger", "weekly"), ("rollout", "quick"), ("labels", "x")]
)
def test_an_option_without_use_is_told_before_a_server_is_asked(
    option, value, monkeypatch
):
    for name, filled in VARIABLES.items():
        monkeypatch.setenv(name, filled)
    asked = dict.fromkeys(Options.__dataclass_fields__)
    asked |= {"pipeline": "training", "dataset": "subscriptions", "stack": "staging"}

    with pytest.raises(ConfigError, match=f"--{option}"):
        run_pipeline(CHECKOUT, Options(**asked | {option: value}))
