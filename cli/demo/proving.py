"""The last chapter: whether all of it can be proven afterwards."""

import contextlib
import io
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from cli.demo.telling import Telling, Told
from cli.models.page import write_page
from cli.models.replaying import EVENT, replay
from cli.models.verifying import verify_ledger

MOST_REPLAYED = 4


def proof(telling: Telling) -> Told:
    """Verify the ledger with its mirrors, and decide again what made versions live."""
    place = telling.stage.place
    verified = _document(
        telling, "verify", partial(verify_ledger, place, has_mirrors=True)
    )
    decided = [e for e in telling.events if e.kind == "promoted"][-MOST_REPLAYED:]
    answers = [
        _document(telling, "replay", partial(replay, place, f"{EVENT}{e.sequence}"))
        for e in decided
    ]
    n_same = sum(answer["same"] for answer in answers)
    is_proven = verified["fault"] is None and n_same == len(answers)
    telling.promise(
        "The history is as it was written, and decisions replay to the same answer.",
        is_kept=is_proven,
    )
    page = telling.stage.folder / "models.html"
    with contextlib.redirect_stdout(io.StringIO()):
        write_page(place, page, as_json=True)
    return Told(
        day=None,
        outcome="Proven" if is_proven else "Not proven",
        tone="good" if is_proven else "bad",
        sentence=f"{verified['events']} events are as they were written; {n_same} of "
        f"{len(answers)} promotions were decided again, with the same answer.",
        detail="Each event's hash covers the one before, and ZenML, MLflow and the "
        "release saw the same. What was decided is decided again from the stored rows.",
        facts=tuple(
            (mirror["where"], f"saw event {mirror['sequence']}")
            for mirror in verified["mirrors"]
        ),
        links=(("Models, all versions", telling.keep(str(page), "11-models")),),
    )


def _document(telling: Telling, what: str, run: Callable[..., int]) -> dict[str, Any]:
    """What a command of `run.py models` answers."""
    started, printed = time.monotonic(), io.StringIO()
    with telling.runs.heard(what), contextlib.redirect_stdout(printed):
        run(as_json=True)
    found: dict[str, Any] = json.loads(printed.getvalue())
    head = "fault" if "fault" in found else "difference"
    telling.runs.say(what, time.monotonic() - started, f"{head}: {found[head]}")
    return found
