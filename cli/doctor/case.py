"""What the checks know: the stack, its variables, and what its secrets hold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.stacks.file import StackFile
from cli.stacks.sensitive import SECRET_REFERENCE, SENSITIVE

FEWEST_CHARACTERS = 4
# Orchestrators whose steps run where this machine's folders are not.
ABROAD = frozenset({"airflow", "kubeflow", "kubernetes", "local_docker"})


@dataclass(frozen=True)
class Case:
    """One stack, looked at once."""

    stack: StackFile
    root: Path
    environ: Mapping[str, str]
    secrets: Mapping[str, Mapping[str, str]]
    is_quick: bool
    now: datetime

    def knowing(self, secrets: Mapping[str, Mapping[str, str]]) -> "Case":
        """The same, once its secrets are read."""
        return replace(self, secrets=secrets)

    @property
    def variables(self) -> dict[str, str]:
        """What a command of this stack sees, as `environment_of` puts it together."""
        held = [self.secrets.get(name, {}) for name in self.stack.secrets]
        told = {name: value for of in held for name, value in of.items()}
        return {**told, **self.environ, **self.stack.environment}

    @property
    def orchestrator(self) -> str:
        """What runs the steps; ours differ from ZenML's in what they hand on."""
        return self.stack.components["orchestrator"].flavor.removeprefix("holdfast_")

    @property
    def is_abroad(self) -> bool:
        """Whether steps run elsewhere, where this machine's folders are not."""
        return self.orchestrator in ABROAD

    @property
    def asks_seldon(self) -> bool:
        """Whether models go to a cluster; else they are described at most."""
        part = self.stack.components.get("model_deployer")
        if part is None or part.flavor != "holdfast_seldon":
            return False
        return str(part.configuration.get("dry_run", True)).casefold() != "true"

    def place_of(self, variable: str) -> str:
        """Where a secret variable is to be corrected: what is said here wins."""
        here = self.environ.get(variable)
        return "in this shell's environment" if here else "in the stack's secret"

    def configuration(self, kind: str) -> dict[str, Any]:
        """A component's settings, with what its references stand for."""
        found: dict[str, Any] = self.resolved(self.stack.components[kind].configuration)
        return found

    def resolved(self, value: Any) -> Any:
        """A value with what its references stand for; unknown ones stay."""
        if isinstance(value, str):
            return SECRET_REFERENCE.sub(
                lambda m: self.secrets.get(m[1], {}).get(m[2], m[0]), value
            )
        if isinstance(value, dict):
            return {key: self.resolved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolved(item) for item in value]
        return value

    @property
    def hidden(self) -> frozenset[str]:
        """What must not be seen in any message."""
        told = [self.environ, *self.secrets.values()]
        return frozenset(
            value
            for of in told
            for name, value in of.items()
            if SENSITIVE.search(name.upper()) and len(value) >= FEWEST_CHARACTERS
        )
