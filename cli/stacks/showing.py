"""`stacks list` and `show`: what the files say and need. Asks no server."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.stacks.addresses import Fault, address_faults, secret_faults
from cli.stacks.comparing import HIDDEN
from cli.stacks.file import list_stacks, load_stack, project_home, read_stack
from cli.stacks.placeholders import fill, placeholders
from cli.stacks.sensitive import PASSWORD_VARIABLES, holds_password, references
from cli.stacks.telling import tell
from cli.strict import expect
from cli.tables import facts_table

HOME = "project"
FILES = ("sqlite:", "file:", "/", "${project}")
Document = dict[str, Any]


@dataclass(frozen=True)
class Variable:
    """One `${NAME}` of a stack file.

    `default` is what follows `:-`, `value` what the environment says; None: nothing.
    """

    name: str
    default: str | None
    value: str | None

    @property
    def is_missing(self) -> bool:
        """Whether the stack cannot be used without setting it."""
        return self.value is None and self.default is None

    def __str__(self) -> str:
        """What comes of it."""
        if self.value is not None:
            return self.value
        if self.default is None:
            return "NOT SET"
        return f"not set, so {self.default or 'what it is for is left out'}"


def show_list(root: Path, *, as_json: bool) -> None:
    """Print each stack, what its file says first, and what it still needs."""
    rows = [_row(root, name) for name in list_stacks(root)]
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("stack", no_wrap=True)
    for title in ("orchestrator", "what for", "needs"):
        table.add_column(title, overflow="fold")
    for row in rows:
        n = len(row["needs"])
        needs = f"{n} variables, see stacks show" if n else "nothing more"
        cells = (row["name"], row["orchestrator"], row["says"], needs)
        table.add_row(*map(Text, cells))
    tell(rows, table, as_json=as_json)


def _row(root: Path, name: str) -> dict[str, Any]:
    raw = read_stack(name, root)
    told = expect(
        raw.get("components"), dict, f"configs/stacks/{name}.yaml: components"
    )
    return {
        "name": name,
        "orchestrator": str((told.get("orchestrator") or {}).get("flavor")),
        "says": _says(root, name),
        "needs": [one.name for one in variables(raw) if one.is_missing],
    }


def _says(root: Path, name: str) -> str:
    path = root / "configs" / "stacks" / f"{name}.yaml"
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#").strip()


def variables(raw: dict[str, Any]) -> list[Variable]:
    """The variables of a stack file, each once, as this environment has them."""
    found = dict(sorted(placeholders(raw), key=lambda one: one[1] is None))
    return [
        Variable(name, default, _seen(os.environ.get(name)))
        for name, default in sorted(found.items())
        if name != HOME
    ]


def _seen(value: str | None) -> str | None:
    """A value as it may be seen; reading the file refuses a password anyway."""
    return HIDDEN if value and holds_password(value) else value or None


def show_stack(root: Path, name: str, *, as_json: bool) -> None:
    """Print a stack whole: filled where all its variables are set, else as written."""
    raw = read_stack(name, root)
    needed = variables(raw)
    missing = [one.name for one in needed if one.is_missing]
    document, faults = _as_it_is(raw) if missing else _filled(root, name, raw)
    keys: dict[str, list[str]] = {of: [] for of in raw.get("secrets", [])}
    for of, key in references(raw):
        keys[of] = sorted({*keys.get(of, []), key})
    told = {
        "name": name,
        "says": _says(root, name),
        "variables": needed,
        "secrets": keys,
        "passwords": _passwords(document.get("stores", {})),
        "faults": faults,
        "missing": missing,
        "file": document,
    }
    tell(told, _shown(told, needed), as_json=as_json)


def _as_it_is(raw: Document) -> tuple[Document, list[Fault]]:
    return raw, secret_faults(raw.get("components", {}), raw.get("secrets", []))


def _filled(root: Path, name: str, raw: Document) -> tuple[Document, list[Fault]]:
    """The whole file is read strictly first: what is shown is what would be applied."""
    stack = load_stack(name, root=root, environ=os.environ)
    values = {**os.environ, HOME: project_home(root, os.environ)}
    document = fill(raw, values, f"configs/stacks/{name}.yaml")
    return document, [*address_faults(stack), *_as_it_is(document)[1]]


def _passwords(stores: dict[str, str]) -> list[str]:
    """What stores that are servers may ask for; a file asks nobody."""
    return [
        variable
        for store, variable in PASSWORD_VARIABLES.items()
        if store in stores and not str(stores[store]).startswith(FILES)
    ]


def _shown(told: dict[str, Any], needed: list[Variable]) -> Group:
    written = yaml.safe_dump(told["file"], sort_keys=False, allow_unicode=True)
    parts: list[RenderableType] = [
        Text(f"{told['name']}: {told['says']}\n", style="bold")
    ]
    parts += [Text("variables:"), facts_table({f"  {v.name}": str(v) for v in needed})]
    parts += [Text("secrets:"), facts_table(_secret_words(told))]
    parts.append(Text(f"\n{written}"))
    parts += [Text(f"to mend: {fault}", style="red") for fault in told["faults"]]
    if told["missing"]:
        parts.append(Text(f"to use it, set {', '.join(told['missing'])}"))
    return Group(*parts)


def _secret_words(told: dict[str, Any]) -> dict[str, str]:
    """The keys of each secret; those of stores go into the first that steps see."""
    words = {
        f"  {name}": f"with {', '.join(keys)}" if keys else "each key a variable"
        for name, keys in told["secrets"].items()
    }
    seen = told["file"].get("secrets", [])
    if seen and told["passwords"]:
        asked = f"and, where their servers ask: {', '.join(told['passwords'])}"
        words[f"  {seen[0]}"] += f"; {asked}"
    return words
