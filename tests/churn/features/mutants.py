"""Our own modules imported afresh, one of them with a bug; and a test run there.

Nothing is written: the changed source is compiled in memory, and afterwards the
modules that were loaded before are back in their places.
"""

import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[3]
OURS = ("churn", "datasets", "storage", "tests")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A text to replace, and the test that must then fail."""

    name: str
    file: str
    old: str
    new: str
    killer: str
    copies: str | None = None

    def source(self) -> dict[str, str]:
        """The file and its text with the bug in it."""
        text = (CHECKOUT / self.file).read_text()
        n_found = text.count(self.old)
        assert n_found == 1, f"{self.file}: {n_found} times {self.old!r}, expected once"
        return {self.file: text.replace(self.old, self.new)}


def mutants() -> list[Mutant]:
    text = Path(__file__).with_suffix(".yaml").read_text()
    return [Mutant(**entry) for entry in yaml.safe_load(text)]


class Changed(SourceFileLoader):
    """Loads one module from a text instead of its file."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, _name: str) -> CodeType:
        return self.source_to_code(self._text, self.path)


@dataclass(frozen=True)
class Finder:
    """Finds what is changed, and leaves all else to those who come after."""

    changed: Mapping[str, str]

    def find_spec(
        self, name: str, _path: object, _target: object = None
    ) -> ModuleSpec | None:
        file = name.replace(".", "/") + ".py"
        if file not in self.changed:
            return None
        place = str(CHECKOUT / file)
        loader = Changed(name, place, self.changed[file])
        return spec_from_file_location(name, place, loader=loader)


@contextmanager
def imported_afresh(changed: Mapping[str, str]) -> Iterator[None]:
    """All of ours is imported anew inside, some files with another text."""
    finder, kept = Finder(changed), forget()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        forget()
        sys.modules.update(kept)


def forget() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in OURS]
    return {name: sys.modules.pop(name) for name in names}


def run(test: str, folder: Path) -> None:
    """Run a test by its pytest name with all its parameters, without pytest."""
    file, *path = test.split("::")
    thing: Any = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    for name in path:
        thing = getattr(thing, name)
        thing = thing() if inspect.isclass(thing) else thing
    for parameters in parameter_sets(thing):
        if "store" in inspect.signature(thing).parameters:
            with closing(online_store(folder)) as store:
                thing(store=store)
        else:
            thing(**parameters)


def parameter_sets(test: Any) -> list[dict[str, Any]]:
    """The arguments of ``pytest.mark.parametrize``; once none without."""
    marks = [m for m in getattr(test, "pytestmark", []) if m.name == "parametrize"]
    if not marks:
        return [{}]
    (mark,) = marks
    names, rows = mark.args
    if isinstance(names, str):
        return [{names: row} for row in rows]
    return [dict(zip(names, row, strict=True)) for row in rows]


def online_store(folder: Path) -> Any:
    store = importlib.import_module("storage.online.store")
    return store.open_online(
        f"sqlite:///{folder}/online.db", dataset="shop", environ={}
    )
