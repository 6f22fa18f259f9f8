"""What `contracts diff` found, in the three forms that it is told."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from churn.changes.declared import Change, Effect, User
from churn.report.formats import plural
from cli import markdown

STYLES: dict[Effect, str] = {"breaks": "red", "shifts": "yellow", "harmless": "dim"}
MOST_NAMES = 6
NO_CHANGE = "No contract and no feature changed."
ADVICE = {
    True: (
        "A change that breaks needs a new model before it is released: give a feature "
        "that means something else a new name, deliver a new column first, or train "
        "anew and promote."
    ),
    False: "Nothing takes from a model what it was fitted on.",
}


@dataclass(frozen=True)
class Found:
    """One change with the versions in use that it hits."""

    change: Change
    models: tuple[User, ...]


@dataclass(frozen=True)
class Difference:
    """Everything found; ``unknown`` says why no version could be named, if so."""

    base: str
    found: tuple[Found, ...]
    unknown: str

    @property
    def breaks(self) -> bool:
        """Whether any change takes from a model what it was fitted on."""
        return any(each.change.effect == "breaks" for each in self.found)

    def as_document(self) -> dict[str, Any]:
        """The same as plain data."""
        return {**asdict(self), "breaks": self.breaks}

    def as_table(self) -> RenderableType:
        """The same for a person at a terminal."""
        table = Table(box=None)
        for title in ("effect", "data set", "what", "how", "features", "models"):
            table.add_column(title, overflow="fold")
        for each in self.found:
            effect, *others = _cells(each)
            style = STYLES[each.change.effect]
            table.add_row(Text(effect, style=style), *map(Text, others))
        told = Text("\n".join(self._sentences))
        return Group(table, Text(), told) if self.found else told

    def as_markdown(self) -> str:
        """The same for a comment."""
        titles = ("effect", "data set", "what", "how", "features", "models in use")
        parts = [f"### Contracts and features since {markdown.plain(self.base)}"]
        if self.found:
            parts.append(markdown.table(titles, map(_cells, self.found)))
        return "\n\n".join([*parts, *map(markdown.plain, self._sentences)])

    @property
    def _sentences(self) -> list[str]:
        if not self.found:
            return [NO_CHANGE]
        unknown = f"Models in use are not known: {self.unknown}."
        return [ADVICE[self.breaks], *([unknown] if self.unknown else [])]


def _cells(found: Found) -> tuple[str, ...]:
    change = found.change
    models = [f"{user.version} ({user.stage})" for user in found.models]
    return (
        change.effect,
        change.dataset,
        change.what,
        change.found,
        _listed(change.features),
        ", ".join(models),
    )


def _listed(names: Sequence[str]) -> str:
    """The names; of many the first ones and how many more."""
    shown, more = names[:MOST_NAMES], len(names) - MOST_NAMES
    rest = [f"{plural(more, 'other')}"] if more > 0 else []
    return ", ".join([*shown, *rest])
