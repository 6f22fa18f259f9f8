"""Looking at many things at once, none of which may take longer than it may."""

import importlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cli.doctor.finding import Check, Denied, Finding, Level, Unwell
from cli.doctor.leaving import THREAD

LIMIT_SECONDS = 30.0
MOST_CHARACTERS = 400
HIDDEN = "***"
UNTRIED: tuple[Level, str, str] = (
    "note",
    "it answers; whether it lets us in is not known without the secrets",
    "look again when they are there",
)


@dataclass(frozen=True)
class Hiding:
    """Text without any of these secrets, on one line."""

    secrets: frozenset[str]

    def __call__(self, text: str) -> str:
        """The text, fit to be shown."""
        shown = " ".join(text.split())
        for secret in sorted(self.secrets, key=len, reverse=True):
            shown = shown.replace(secret, HIDDEN)
        return shown[:MOST_CHARACTERS]


def examine_each(checks: Sequence[Check], hide: Callable[[str], str]) -> list[Finding]:
    """What came of checks that ask nobody, one after another."""
    return [f for check in checks for f in _examined(check, hide, is_blind=False)]


def examine_all(
    checks: Sequence[Check],
    hide: Callable[[str], str],
    *,
    is_blind: bool = False,
    limit_seconds: float = LIMIT_SECONDS,
) -> list[Finding]:
    """What came of the checks, in their order, run at the same time.

    A thread that hangs, in a name service or a login program, is left behind: `leave`
    ends the process without it. Who is blind knows no secret, and is let in nowhere.
    """
    for library in {name: 0 for check in checks for name in check.libraries}:
        # What is not there, the check itself tells.
        with suppress(ImportError):
            importlib.import_module(library)
    found: queue.SimpleQueue[tuple[int, list[Finding]]] = queue.SimpleQueue()
    for number, check in enumerate(checks):
        threading.Thread(
            target=lambda n, c: found.put((n, _examined(c, hide, is_blind=is_blind))),
            args=(number, check),
            name=THREAD,
            daemon=True,
        ).start()
    answers = dict(_until(found, len(checks), time.monotonic() + limit_seconds))
    return [
        finding
        for number, check in enumerate(checks)
        for finding in answers.get(number) or [_silent(check, limit_seconds)]
    ]


def _until(
    found: "queue.SimpleQueue[tuple[int, list[Finding]]]", n_checks: int, end: float
) -> Iterator[tuple[int, list[Finding]]]:
    with suppress(queue.Empty):
        for _ in range(n_checks):
            yield found.get(timeout=max(0.0, end - time.monotonic()))


def _examined(
    check: Check, hide: Callable[[str], str], *, is_blind: bool
) -> list[Finding]:
    told: list[tuple[Level, str, str]] = []
    try:
        told.extend(("note", r.remark, r.way_out) for r in check.examine())
    except Denied as denied:
        told.append(
            UNTRIED if is_blind else ("problem", denied.problem, denied.way_out)
        )
    except Unwell as unwell:
        told.append(("problem", unwell.problem, unwell.way_out))
    except Exception as error:  # noqa: BLE001 (a library's own words beat a crash)
        said = f"{type(error).__name__}: {error}"
        told.append(("problem", said, "see what it says"))
    return [
        Finding(check.where, check.checked, level, hide(said), hide(way_out))
        for level, said, way_out in told
    ] or [Finding(check.where, check.checked, "ok")]


def _silent(check: Check, limit_seconds: float) -> Finding:
    return Finding(
        check.where,
        check.checked,
        "problem",
        f"no answer within {limit_seconds:g} s",
        "look at the network between here and there",
    )
