"""Many processes that saw the same history all try to promote: `promoters.py URL N`.

Forked from one light parent, so that hundreds start in a moment. Prints how each
ended: ``won``, or the name of the error.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from churn.errors import HoldfastError
from churn.gates.decision import Decision
from registry.ledger import Ledger
from registry.transitions import Act, promote

ALLOWED = Decision(
    approved=True,
    policy="improve",
    reason="better",
    gates=(),
    has_champion=False,
    promotes_without_champion=True,
)


def main(url: str, n: int) -> None:
    starting, start = os.pipe()
    results, result = os.pipe()
    ledger = Ledger(url)
    events = ledger.events("churn")

    def attempt(number: int) -> str:
        act = Act(f"promoter {number}", datetime.now(UTC), "mine is better")
        new = promote(events, "1", act, decision=ALLOWED, override=False)
        try:
            ledger.append(*new)
        except HoldfastError as error:
            return type(error).__name__
        return "won"

    children = [forked(attempt, number, starting, result) for number in range(n)]
    os.write(start, b"." * n)
    os.close(result)
    for child in children:
        os.waitpid(child, 0)
    with os.fdopen(results) as file:
        print(json.dumps(file.read().split()))  # noqa: T201 (its answer)


def forked(
    attempt: Callable[[int], str], number: int, starting: int, result: int
) -> int:
    child = os.fork()
    if child:
        return child
    os.read(starting, 1)
    os.write(result, f"{attempt(number)}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
