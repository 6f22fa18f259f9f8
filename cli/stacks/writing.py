"""Writing the parts of a stack into ZenML: all of them, or none."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cli.stacks.comparing import Change, Wanted
from cli.stacks.flavors import FLAVORS
from cli.stacks.held import Held

if TYPE_CHECKING:
    from uuid import UUID

    from zenml.client import Client


class Writer:
    """Carries changes out; leaving its block by an error takes them back.

    ``before`` is what ZenML held when the changes were found.
    """

    def __init__(self, client: "Client", wanted: Wanted, before: Held) -> None:
        self._client, self._wanted, self._before = client, wanted, before
        self._undo = ExitStack()
        self._ids = {key: one.id for key, one in before.components.items()}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Keep everything, or take everything back, the newest first."""
        if error is None:
            self._undo.pop_all()
        self._undo.close()

    def write(self, change: Change) -> None:
        """Carry one change out."""
        if change.action == "left":
            return
        if change.component == "stack":
            self._write_stack()
        elif change.component.endswith(" flavor"):
            self._create_flavor(change.component.removesuffix(" flavor"), change.name)
        elif change.action == "created":
            self._create_component(change.component, change.name)
        else:
            self._change_component(change.component, change.name)

    def _on_failure(self, undo: Callable[..., Any], *args: Any) -> None:
        self._undo.callback(undo, *args)

    def _create_flavor(self, kind: str, name: str) -> None:
        from zenml.enums import StackComponentType

        made = self._client.create_flavor(FLAVORS[kind, name], StackComponentType(kind))
        self._on_failure(self._client.zen_store.delete_flavor, made.id)

    def _create_component(self, kind: str, name: str) -> None:
        from zenml.enums import StackComponentType

        made = self._client.create_stack_component(
            name,
            self._wanted.file.components[kind].flavor,
            StackComponentType(kind),
            self._wanted.settings[kind],
        )
        self._ids[kind, name] = made.id
        self._on_failure(self._client.zen_store.delete_stack_component, made.id)

    def _change_component(self, kind: str, name: str) -> None:
        present = self._before.components[kind, name].configuration
        settings = self._wanted.settings[kind]
        self._on_failure(self._configure, kind, name, settings, present)
        self._configure(kind, name, present, settings)

    def _configure(
        self, kind: str, name: str, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """Set the settings, which ZenML merges; one that is None is taken out."""
        from zenml.enums import StackComponentType

        dropped = dict.fromkeys(before.keys() - after.keys())
        self._client.update_stack_component(
            name, StackComponentType(kind), configuration=after | dropped
        )

    def _write_stack(self) -> None:
        file = self._wanted.file
        parts = {
            kind: self._ids[kind, file.component_name(kind)] for kind in file.components
        }
        if self._before.stack is None:
            self._create_stack(parts)
        else:
            self._change_stack(parts)

    def _create_stack(self, parts: "dict[str, UUID]") -> None:
        """Whole in one request; the client's own way takes two."""
        from zenml.enums import StackComponentType
        from zenml.models import StackRequest

        made = self._client.zen_store.create_stack(
            StackRequest(
                name=self._wanted.file.zenml_name,
                components={
                    StackComponentType(kind): [id_] for kind, id_ in parts.items()
                },
                environment=self._wanted.file.environment,
                secrets=list(self._wanted.secrets.values()),
            )
        )
        self._on_failure(self._client.zen_store.delete_stack, made.id)

    def _change_stack(self, parts: "dict[str, UUID]") -> None:
        """The last change of all: what it does needs no undoing."""
        from zenml.enums import StackComponentType

        present = self._before.stack
        assert present is not None  # noqa: S101 (else it is created)
        environment = self._wanted.file.environment
        secrets = set(self._wanted.secrets.values())
        gone = present.parts.keys() - parts.keys()
        self._client.update_stack(
            present.id,
            component_updates={
                **{StackComponentType(kind): [id_] for kind, id_ in parts.items()},
                **{StackComponentType(kind): [] for kind in gone},
            },
            environment=environment
            | dict.fromkeys(present.environment.keys() - environment.keys()),
            add_secrets=sorted(secrets - present.secrets),
            remove_secrets=sorted(present.secrets - secrets),
        )
