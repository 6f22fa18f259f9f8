"""The model versions in use and the features that they take."""

from pathlib import Path

import msgspec

from churn.changes.declared import User
from churn.errors import ConfigError, HoldfastError, UsageError
from cli.config import names_in
from cli.models.place import place
from registry.errors import LedgerMissingError
from registry.versions import versions

IN_USE = ("production", "staging", "waiting")

# By data set; None where nobody could tell.
Users = dict[str, tuple[User, ...]]


def users_on(root: Path, stack: str) -> Users:
    """Versions that are live or on their way there, as the stack's ledger has them.

    Raises
    ------
    HoldfastError
        If the stack's file, or its ledger, cannot be read.
    """
    names = sorted(names_in(root / "configs" / "datasets"))
    return {name: _users(root, name, stack) for name in names}


def _users(root: Path, dataset: str, stack: str) -> tuple[User, ...]:
    try:
        events = place(root, dataset, stack).events()
    except LedgerMissingError:
        return ()
    return tuple(
        User(each.version, each.stage, each.features)
        for each in reversed(versions(events))
        if each.stage in IN_USE
    )


def users_in(path: Path) -> Users:
    """What `run.py contracts users` printed elsewhere.

    Raises
    ------
    UsageError
        If the file holds something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Users)
    except msgspec.MsgspecError as error:
        raise UsageError(
            f"{path}: not what `python run.py contracts users` prints: {error}"
        ) from None


def known_users(root: Path, stack: str, path: Path | None) -> tuple[Users, str]:
    """Who uses what, and why nobody can tell, if so; a mistyped stack is an error."""
    if path is not None:
        return users_in(path), ""
    try:
        return users_on(root, stack), ""
    except ConfigError:
        raise
    except HoldfastError as error:
        return {}, str(error)
