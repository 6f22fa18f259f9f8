"""`run.py server`: what the stack's deployer keeps running, and how it ends."""

import json
import os

import pytest

from churn.deployment import Deployment
from churn.errors import ConfigError
from cli.models.place import Place
from cli.root import ROOT
from cli.server.keeping import show_server, stop_server
from cli.stacks.file import load_stack
from flavors.model_deployer.local.deployer import LocalDeployer
from tests.flavors.model_deployer.test_component import Recorded


@pytest.fixture
def there(clean_zenml, monkeypatch) -> Place:
    monkeypatch.chdir(clean_zenml)
    stack = load_stack("local", root=ROOT, environ=os.environ)
    return Place(clean_zenml, "telco", stack)


@pytest.fixture
def recorded(monkeypatch):
    made = Recorded()
    monkeypatch.setattr(LocalDeployer, "servers", made)
    return made


@pytest.mark.zenml
def test_a_server_that_was_left_running_is_shown_and_really_stopped(
    there, recorded, capsys
):
    model = there.model
    recorded.deploy(Deployment(model, "releases", None, {}))

    show_server(there, as_json=True)
    told = json.loads(capsys.readouterr().out)
    show_server(there, as_json=False)
    shown = capsys.readouterr().out
    stop_server(there)
    stopped = capsys.readouterr().out
    stop_server(there)
    again = capsys.readouterr().out

    assert (told["model"], told["condition"]) == (model, "ready")
    assert f"http://{model}/predict" in shown
    assert "python run.py server stop --dataset telco" in shown
    assert recorded.running == {}
    assert stopped == f"the server of {model} is stopped\n"
    assert again == f"no server of {model} was running\n"


@pytest.mark.zenml
def test_where_none_runs_the_status_says_what_starts_one(there, recorded, capsys):
    show_server(there, as_json=False)

    shown = capsys.readouterr().out
    assert "absent" in shown
    assert "python run.py --pipeline deployment --dataset telco" in shown


def test_a_stack_that_runs_no_servers_says_so(there):
    del there.stack.components["model_deployer"]

    with pytest.raises(ConfigError, match="components has no 'model_deployer'"):
        show_server(there, as_json=False)
