"""What looks like a secret has no place in a stack file: it belongs in a secret."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from churn.errors import ConfigError

PASSWORD_VARIABLES = {
    "crm": "HOLDFAST_CRM_PASSWORD",
    "ledger": "HOLDFAST_LEDGER_PASSWORD",
    "online": "HOLDFAST_ONLINE_PASSWORD",
}
SENSITIVE = re.compile(
    r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|ACCESS_KEY|API_KEY|_KEYS?$"
)
REFERENCE = re.compile(r"(env|file):")
SECRET_REFERENCE = re.compile(r"\{\{\s*(\S+?)\.(\S+?)\s*\}\}")


def check_no_password(value: Any, where: str) -> None:
    """Refuse an address that holds a password; the error does not repeat it.

    Raises
    ------
    ConfigError
    """
    if not isinstance(value, str) or not holds_password(value):
        return
    variable = PASSWORD_VARIABLES.get(where.rpartition(".")[2])
    if variable is None:
        way_out = "take it out; it belongs in a secret"
    else:
        way_out = f"take it out and put it into a secret as {variable}"
    raise ConfigError(f"{where}: the address holds a password; {way_out}")


def holds_password(address: str) -> bool:
    """Whether an address has a password before its host or among its options."""
    if "://" not in address:
        return False
    try:
        parts = urlsplit(address)
        options = [name for name, _ in parse_qsl(parts.query)]
    except ValueError:
        return False
    named = any(SENSITIVE.search(name.upper()) for name in options)
    return bool(parts.password) or named


def check_no_secret(name: str, value: str, where: str) -> None:
    """Refuse a variable that seems to be a secret itself, rather than refer to one.

    Raises
    ------
    ConfigError
    """
    check_no_password(value, where)
    if SENSITIVE.search(name) and not REFERENCE.match(value):
        raise ConfigError(
            f"{where}: belongs in a secret, as its key {name}; name that secret "
            "under `secrets`"
        )


def references(value: object) -> list[tuple[str, str]]:
    """Secret and key of each `{{SECRET.KEY}}` in a value, in the order of the file."""
    if isinstance(value, str):
        return [(match[1], match[2]) for match in SECRET_REFERENCE.finditer(value)]
    if isinstance(value, dict):
        return references(list(value.values()))
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    return []
