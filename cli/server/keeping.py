"""`server status` and `stop`: the stack's deployer is asked, whatever it runs."""

import sys
from contextlib import redirect_stdout

import click

from churn.deployment import Deployer
from churn.errors import ConfigError
from cli.models.place import Place
from cli.models.speaking import say
from cli.stacks.apply import apply_stack
from cli.tables import facts_table
from registry.deployer import deployer


def show_server(place: Place, *, as_json: bool) -> None:
    """Print what the deployer knows of the model's server at this moment."""
    state = _deployer(place).state(place.model)
    facts = {"Server": f"{place.model}: {state.condition}"}
    if state.url is not None:
        facts["Answers at"] = f"{state.url}/predict, told by {state.url}/docs"
        facts["To stop it"] = place.hints.command("server stop")
    if state.reason:
        facts["Why"] = state.reason
    if state.condition == "absent":
        facts["To start it"] = place.hints.command("--pipeline deployment")
    say(state, facts_table(facts), as_json=as_json)


def stop_server(place: Place) -> None:
    """End the model's server, and say so once nothing of it runs."""
    keeper = _deployer(place)
    before = keeper.state(place.model)
    keeper.stop(place.model)
    if before.condition == "absent":
        click.echo(f"no server of {place.model} was running")
    else:
        click.echo(f"the server of {place.model} is stopped")


def _deployer(place: Place) -> Deployer:
    """The deployer of the stack, as its file describes it."""
    if "model_deployer" not in place.stack.components:
        raise ConfigError(
            f"configs/stacks/{place.stack.name}.yaml: components has no "
            "'model_deployer', so no server is kept; add one"
        )
    # What ZenML says of itself must not get into a document.
    with redirect_stdout(sys.stderr):
        apply_stack(place.stack, root=place.root)
    found = deployer()
    assert found is not None  # noqa: S101 (the stack's file names one)
    return found
