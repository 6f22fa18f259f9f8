"""Whose history a command is about, and where it is kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from churn.errors import ConfigError
from churn.naming import suggestion
from cli.config import names_in
from cli.hints import Hints
from cli.stack_file import STORES, StackFile, load_stack
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
        ledger = Ledger(self.store("ledger"), create=False, sign=sign)
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
