"""Everything about a stack file that can be checked before ZenML is asked."""

import os
from typing import TYPE_CHECKING, Any

from churn.errors import ConfigError
from cli.stacks.addresses import check_addresses
from cli.stacks.file import Component, StackFile
from cli.stacks.flavors import flavor_of
from cli.strict import check_keys

if TYPE_CHECKING:
    from zenml.stack import StackComponentConfig


def check_stack(stack: StackFile) -> dict[str, dict[str, Any]]:
    """Check addresses, and each component against its flavor; nothing is created.

    Returns
    -------
    dict of component type to settings
        As ZenML stores them.

    Raises
    ------
    ConfigError
        An address is none, a flavor or one of its settings is unknown or wrong, a
        password stands there in clear text, or ZenML's own variables point at another
        stack.
    """
    check_addresses(stack)
    return check_components(stack)


def check_components(stack: StackFile) -> dict[str, dict[str, Any]]:
    """The same, of the components alone.

    Raises
    ------
    ConfigError
    """
    if "ZENML_ACTIVE_STACK_ID" in os.environ:
        raise ConfigError(
            "ZENML_ACTIVE_STACK_ID is set and would override the stack file; unset it"
        )
    where = f"configs/stacks/{stack.name}.yaml: components"
    return {
        kind: _checked(kind, component, f"{where}.{kind}")
        for kind, component in stack.components.items()
    }


def _checked(kind: str, component: Component, where: str) -> dict[str, Any]:
    """Return the component's settings as ZenML stores them, or say what is wrong."""
    given = component.configuration
    try:
        config_class = flavor_of(kind, component.flavor, where).config_class
        check_keys(
            given, config_class.model_fields, f"{where}.configuration", elsewhere={}
        )
        references = _references(given, config_class, f"{where}.configuration")
        # A reference would make ZenML ask its server, here already.
        valid = config_class(**given | dict.fromkeys(references, "stands for it"))
        if not valid.is_valid:
            raise ValueError("these settings do not make a whole")  # noqa: TRY301
    except (ImportError, ValueError) as error:
        raise ConfigError(f"{where} ({component.flavor}): {_problem(error)}") from error
    return valid.model_dump(mode="json", exclude_unset=True) | references


def _references(
    given: dict[str, Any], form: "type[StackComponentConfig]", where: str
) -> dict[str, str]:
    """The settings that refer to a secret, where they must and where they may."""
    from zenml.utils.pydantic_utils import has_validators
    from zenml.utils.secret_utils import is_secret_field, is_secret_reference

    found = {key: value for key, value in given.items() if is_secret_reference(value)}
    for key in found:
        if has_validators(form, key):
            raise ConfigError(f"{where}.{key}: takes no reference to a secret")
    for key in given.keys() - found.keys():
        # ZenML's database would keep and show it.
        if is_secret_field(form.model_fields[key]):
            raise ConfigError(
                f"{where}.{key}: expected a reference like {{{{SECRET.KEY}}}}, found "
                "the value itself; it belongs in a secret"
            )
    return found


def _problem(error: Exception) -> str:
    """Say in one line what is wrong; never the values, which may be passwords."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return " ".join(str(error).split())
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(": ".join([*map(str, e["loc"]), e["msg"]]) for e in found)
