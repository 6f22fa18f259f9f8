"""What was looked at, and what is wrong with it: one line, with the way out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from churn.errors import HoldfastError

Level = Literal["ok", "note", "problem"]


class StackUnwellError(HoldfastError):
    """The stack would not work as it is; one line for each problem."""


class Unwell(Exception):  # noqa: N818 (an outcome; never shown by itself)
    """What is wrong, and what to do."""

    def __init__(self, problem: str, way_out: str) -> None:
        super().__init__(problem)
        self.problem, self.way_out = problem, way_out


class Denied(Unwell):
    """The other side answers, and does not let us in."""


@dataclass(frozen=True)
class Remark:
    """Worth knowing; nothing stops because of it."""

    remark: str
    way_out: str


@dataclass(frozen=True)
class Check:
    """One thing to look at; `where` is its key in the stack file.

    Its libraries are imported before its time counts.
    """

    where: str
    checked: str
    examine: Callable[[], Iterable[Remark]]
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What came of one check."""

    where: str
    checked: str
    level: Level
    told: str | None = None
    way_out: str | None = None

    @property
    def is_problem(self) -> bool:
        """Whether nothing should run before it is mended."""
        return self.level == "problem"

    def line(self, file: str) -> str:
        """The finding for a person: where, what, and the way out."""
        if self.told is None:
            return f"{file}: {self.where}: {self.checked}"
        return f"{file}: {self.where}: {self.told}; {self.way_out}"


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """As a person reads them: what is said of many places, a dead server, is said once.

    `where` then names all of these.
    """
    same: dict[object, list[Finding]] = {}
    for number, one in enumerate(findings):
        key = number if one.told is None else (one.level, one.told, one.way_out)
        same.setdefault(key, []).append(one)
    return [
        replace(of[0], where=", ".join(dict.fromkeys(one.where for one in of)))
        for of in same.values()
    ]
