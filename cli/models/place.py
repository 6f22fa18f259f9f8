"""Whose history a command is about, and where it is kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from churn.errors import ConfigError
from churn.naming import suggestion
from churn.scoring.keys import TrustedKeys, signing_key, trusted_keys
from cli.config import names_in
from cli.hints import Hints
from cli.stacks.file import STORES, StackFile, load_stack
from cli.stacks.secrets import environment_of
from registry.database import PASSWORD_VARIABLE
from registry.errors import LedgerMissingError
from registry.event import Event, Sign
from registry.ledger import Ledger


@dataclass(frozen=True)
class Place:
    """The model of a data set on a stack."""

    root: Path
    dataset: str
    stack: StackFile

    @property
    def model(self) -> str:
        """The name that the ledger knows the model by."""
        return self.stack.model_name(self.dataset)

    @cached_property
    def environ(self) -> dict[str, str]:
        """What opens the stack's stores: their addresses, and its secrets' keys.

        Raises
        ------
        ConfigError
            If a secret is missing, or ZenML cannot be asked.
        """
        return environment_of(self.stack, os.environ)

    @property
    def signer(self) -> Sign | None:
        """What signs the events of a person; None where no key is referred to."""
        key = signing_key(self.environ)
        return None if key is None else key.sign

    @property
    def trusted(self) -> TrustedKeys | None:
        """Whose signatures count; None where nobody says."""
        return trusted_keys(self.environ)

    def store(self, name: str) -> str:
        """The address of one of the stack's stores.

        Raises
        ------
        ConfigError
            If the stack has no such store.
        """
        if name not in self.stack.stores:
            raise ConfigError(
                f"configs/stacks/{self.stack.name}.yaml: stores has no {name!r}, which "
                "`run.py models` needs; add its address"
            )
        return self.stack.environment[STORES[name]]

    @property
    def hints(self) -> Hints:
        """How commands about this model are typed."""
        return Hints(self.dataset, self.stack.name)

    @contextmanager
    def ledger(self, sign: Sign | None = None) -> Iterator[Ledger]:
        """The ledger, which must exist: a command makes none.

        ``sign`` signs what is appended.

        Raises
        ------
        LedgerError
            If it is missing, locked or of a newer format.
        """
        url = self.store("ledger")
        password = self.environ.get(PASSWORD_VARIABLE)
        ledger = Ledger(url, password=password, create=False, sign=sign)
        try:
            yield ledger
        finally:
            ledger.close()

    def events(self) -> tuple[Event, ...]:
        """The model's history, oldest first; never empty.

        Raises
        ------
        LedgerError
            If there is none, or it cannot be read.
        """
        with self.ledger() as ledger:
            return self.of(ledger)

    def of(self, ledger: Ledger) -> tuple[Event, ...]:
        """The model's history in an open ledger; never empty."""
        events = ledger.events(self.model)
        if not events:
            raise LedgerMissingError(
                f"no version of {self.dataset} on stack {self.stack.name} yet; "
                f"`python run.py --pipeline training --dataset {self.dataset}` makes "
                "the first (with --source where the data are not embedded)"
            )
        return events


def place(root: Path, dataset: str, stack: str) -> Place:
    """Find the model of a data set on a stack.

    Raises
    ------
    ConfigError
        If there is no such data set or stack.
    """
    known = names_in(root / "configs" / "datasets")
    if dataset not in known:
        raise ConfigError(f"unknown data set {dataset!r}; {suggestion(dataset, known)}")
    return Place(root, dataset, load_stack(stack, root=root, environ=os.environ))
